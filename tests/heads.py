"""Steps that the tests of every head with state take."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_pod import Classifier
from tests.gradients import value_and_gradient


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
    found, start = [], 0
    for size in (shape, *(weight.shape for weight in head.trainable_weights)):
        stop = start + int(np.prod(size))
        found.append(reshape(row[start:stop], size))
        start = stop
    return found


def of_row(head, function, shape):
    """A function of features, as one of features and trained weights in a row."""

    def run(row):
        x, *weights = parts(head, row, shape)
        given = list(zip(head.trainable_weights, weights, strict=True))
        with keras.StatelessScope(given):
            # Keras gives no gradient by what a function does not read.
            return function(x) + 0.0 * ops.sum(row)

    return run


# JAX has no float64 unless asked, and Keras multiplies in float32 on torch.
WIDEST = "float64" if keras.backend.backend() == "tensorflow" else "float32"


def compare_with_torch(theirs, through, x, w, y):
    """Hold a loss and its gradient by features and class weights against PyTorch's.

    Args:
        theirs: a loss of pytorch-metric-learning, in double precision.
        through: the loss of features and class weights in a row.
        x: features. w: class weights (k, n). y: labels.
    """
    torch = pytest.importorskip("torch")
    theirs.W.data = torch.tensor(w.T)
    tensor = torch.tensor(x, requires_grad=True)
    expected = theirs(tensor, torch.tensor(y))
    expected.backward()
    row = ops.convert_to_tensor(np.concatenate([x.ravel(), w.ravel()]), WIDEST)
    tolerance = {"rtol": 1e-5, "atol": 1e-9 if WIDEST == "float64" else 2e-6}
    value, gradient = value_and_gradient(through, row)
    np.testing.assert_allclose(value, expected.item(), **tolerance)
    slopes = [tensor.grad.numpy().ravel(), theirs.W.grad.numpy().T.ravel()]
    np.testing.assert_allclose(gradient, np.concatenate(slopes), **tolerance)
