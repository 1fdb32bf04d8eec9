"""What a model has to have for a callback, and arguments out of their range."""

import keras
import numpy as np

from keras_pod import callbacks
from tests.refusals import refused


def fit(callback):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)], name="plain")
    model.compile("adam", "mse")
    model.fit(np.ones((2, 2)), np.ones((2, 1)), verbose=0, callbacks=[callback])


test_refused = refused(
    (lambda: fit(callbacks.AnnealMargin()), "AngularDense head, and 'plain' has none"),
    (lambda: fit(callbacks.NormAdaptiveDelta()), "PEDCC head, and 'plain' has none"),
    (lambda: fit(callbacks.RaiseMargin(2)), "margin=True., and 'plain' has none"),
    (lambda: fit(callbacks.ResetMomentum([1])), "L2SGD, not Adam"),
    (lambda: callbacks.AnnealMargin(start=-1), "`start` must be a number >= 0, got -1"),
    (lambda: callbacks.RaiseMargin(0), "`epochs` must be a number > 0, got 0"),
    (lambda: callbacks.RaiseMargin(float("nan")), "`epochs` .* got nan"),
    error=ValueError,
)
