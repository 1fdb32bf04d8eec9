"""The small data set of the experiments, and a hypermodel that trains on it."""

import keras
import numpy as np
import pytest

from keras_pod import data as datasets
from keras_pod.experiments.tune import hypermodel
from tests.experiments.conftest import npz as npz
from tests.experiments.conftest import squares


@pytest.fixture
def small_hypermodel(tmp_path):
    """Makes one of a loss's hyperparameters for a network of a single layer."""

    def make(search, epochs):
        (x, y), path = squares(60, 0), tmp_path / "squares.npz"
        np.savez(path, x=x, y=y)
        data = datasets.load(path, validation_split=0.25)
        flat = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
        return hypermodel(flat, data, "pod", search, {"dim": 8}, epochs=epochs)

    return make
