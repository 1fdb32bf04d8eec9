"""Steps that the tests of every head with state take."""

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


def in_a_row(head, x):
    """Features and then the head's trained weights, as one row of numbers."""
    arrays = [x, *map(numpy, head.trainable_weights)]
    return np.concatenate([np.ravel(one) for one in arrays]).astype(x.dtype)


def parts(head, row, shape):
    """The features of that shape and the weights that a row of numbers holds."""
    reshape = np.reshape if isinstance(row, np.ndarray) else ops.reshape
    shapes = [shape, *(weight.shape for weight in head.trainable_weights)]
    sizes = [int(np.prod(one)) for one in shapes]
    ends = zip(np.cumsum(sizes).tolist(), sizes, shapes, strict=True)
    return [reshape(row[end - size : end], one) for end, size, one in ends]


def of_row(head, function, shape):
    """A function of features, as one of features and trained weights in a row."""

    def run(row):
        x, *weights = parts(head, row, shape)
        given = list(zip(head.trainable_weights, weights, strict=True))
        with keras.StatelessScope(given):
            # Keras gives no gradient by what a function does not read.
            return function(x) + 0.0 * ops.sum(row)

    return run
