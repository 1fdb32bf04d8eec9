"""Models and data that the tests of the classifier share."""

import keras
import numpy as np
import pytest

from keras_pod import Classifier
from keras_pod.layers import PEDCC
from keras_pod.losses import pod

K, N = 4, 6
# Elsewhere they take long, and show again what other tests do there.
SLOW = keras.backend.backend() != "tensorflow"
slow_elsewhere = pytest.mark.slow if SLOW else lambda test: test
CROSS_ENTROPY = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def make(
    alpha=0.1, head=None, loss=None, lr=0.1, metrics=("accuracy",), **compile_options
):
    """A linear classifier on 5 inputs, so that NumPy can follow it.

    It runs eagerly: to compile takes longer than the few steps of a test.
    """
    inputs = keras.Input((5,))
    head = head or PEDCC(K, alpha=alpha)
    backbone = keras.Model(inputs, keras.layers.Dense(8, activation="relu")(inputs))
    model = Classifier.from_backbone(backbone, head, feature_dim=N)
    model.compile(
        keras.optimizers.SGD(lr),
        loss=pod() if loss is None else loss,
        metrics=metrics and list(metrics),
        **({"run_eagerly": True} | compile_options),
    )
    return model


def samples(count=64, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(K, size=count)
    x = rng.normal(size=(count, 5)) + 4 * np.eye(5)[y]
    return x.astype("float32"), y


def features(model, x):
    return np.asarray(model.predict(x, verbose=0)["features"], "float64")
