"""Few small images, and hypermodels that train a single layer on them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_pod import data as datasets
from keras_pod.tuning import hypermodel
from tests.experiments.conftest import squares


def flat():
    return keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])


def held_out_squares(folder):
    """90 images to train on and 30 that are held out."""
    (x, y), path = squares(120, 0), folder / "squares.npz"
    np.savez(path, x=x, y=y)
    options = {"validation_split": 0.25, "batch_size": 30, "augment": None}
    return datasets.load(path, **options)


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    return held_out_squares(tmp_path_factory.mktemp("squares"))


@pytest.fixture
def eager():
    """Steps that are not compiled: so few take less time than that."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def make(data, search, **settings):
    return hypermodel(flat(), data, "pod", search, {"dim": 8, "lr": 0.1}, **settings)
