"""What the tests of every head with state do with it."""

import keras
import numpy as np
from keras import ops

from keras_pod import Classifier


def numpy(x):
    return np.asarray(ops.convert_to_numpy(x), "float64")


def built(head, dim):
    head.build((None, dim))
    return head


def classifier(head, loss, dim=3, lr=0.0, **options):
    """The head on raw features, so that NumPy knows every feature.

    It runs eagerly: to compile takes longer than the few steps of a test.
    """
    inputs = keras.Input((dim,))
    model = Classifier(inputs, {"logits": head(inputs), "features": inputs})
    options = {"run_eagerly": True} | options
    model.compile(keras.optimizers.SGD(lr), loss=loss, **options)
    return model
