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


def trained(head, loss, y):
    """The loss in training, of six features over the class weights of the head."""

    def function(rows):
        with keras.StatelessScope([(head.kernel, rows[6:])]):
            return loss(y, head.training_logits(y, rows[:6]))

    return function


# JAX has no float64 unless asked, and Keras multiplies in float32 on torch.
WIDEST = "float64" if keras.backend.backend() == "tensorflow" else "float32"


def compare_with_torch(theirs, through, x, w, y):
    """Hold a loss and its gradient by features and class weights against PyTorch's.

    Args:
        theirs: a loss of pytorch-metric-learning, in double precision.
        through: the loss of features over class weights, (batch + k, n).
        x: features. w: class weights (k, n). y: labels.
    """
    torch = pytest.importorskip("torch")
    theirs.W.data = torch.tensor(w.T)
    tensor = torch.tensor(x, requires_grad=True)
    expected = theirs(tensor, torch.tensor(y))
    expected.backward()
    rows = ops.convert_to_tensor(np.concatenate([x, w]), WIDEST)
    tolerance = {"rtol": 1e-5, "atol": 1e-9 if WIDEST == "float64" else 2e-6}
    value, gradient = value_and_gradient(through, rows)
    np.testing.assert_allclose(value, expected.item(), **tolerance)
    slopes = np.concatenate([tensor.grad.numpy(), theirs.W.grad.numpy().T])
    np.testing.assert_allclose(gradient, slopes, **tolerance)
