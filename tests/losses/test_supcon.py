"""SupCon against float64 NumPy, pair by pair, and a second library."""

import keras
import numpy as np
import pytest

from keras_pod.losses import SupConLoss, supcon
from tests import heads
from tests.gradients import compare, value_and_gradient

RNG = np.random.default_rng(0)
X = RNG.normal(size=(8, 5)).astype("float32")
Y = np.array([0, 1, 2, 0, 1, 0, 7, 2])  # 7 is alone


def reference(x, y, temperature=0.1):
    x = np.asarray(x, "float64")
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    losses = []
    for i in range(len(x)):
        others = [a for a in range(len(x)) if a != i]
        positives = [p for p in others if y[p] == y[i]]
        if positives:
            z = np.array([unit[i] @ unit[a] / temperature for a in others])
            log_sum = z.max() + np.log(np.sum(np.exp(z - z.max())))
            of = [unit[i] @ unit[p] / temperature - log_sum for p in positives]
            losses.append(-np.mean(of))
    return np.mean(losses)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("temperature", [0.1, 1.0])
@pytest.mark.parametrize("labels", [Y, Y[:, None]], ids=["flat", "column"])
def test_value_and_gradient_against_float64(labels, temperature, compiled):
    compare(
        lambda x: SupConLoss(0.7, temperature)(labels, x),
        lambda x: 0.7 * reference(x, Y, temperature),
        X,
        slopes=(2e-3, 1e-5),
        compiled=compiled,
    )


def test_without_pairs_it_is_zero():
    for x, y in ((X, np.arange(8)), (X[:1], Y[:1])):
        value, gradient = value_and_gradient(lambda x, y=y: SupConLoss()(y, x), x)
        assert value == 0 and not gradient.any()


def test_labels_of_every_form_reach_it_in_a_classifier():
    rows = np.eye(8)[Y].astype("float32")
    with pytest.raises(ValueError, match="labels must be integers of shape"):
        SupConLoss()(rows[:, None], X)
    head = keras.layers.Dense(8, name="logits")
    model = heads.classifier(head, supcon(), dim=5)
    soft = 0.9 * rows + 0.1 / 8
    for labels in (Y, Y[:, None], rows, soft):
        found = model.evaluate(X, labels, verbose=0, return_dict=True)
        np.testing.assert_allclose(found["features_loss"], reference(X, Y), rtol=1e-4)


def test_against_pytorch_metric_learning():
    torch = pytest.importorskip("torch")
    other = pytest.importorskip("pytorch_metric_learning.losses")
    tensor = torch.tensor(X.astype("float64"), requires_grad=True)
    expected = other.SupConLoss(temperature=0.1)(tensor, torch.tensor(Y))
    expected.backward()
    value, gradient = value_and_gradient(lambda x: SupConLoss()(Y, x), X)
    np.testing.assert_allclose(value, expected.item(), rtol=1e-5)
    np.testing.assert_allclose(gradient, tensor.grad.numpy(), rtol=1e-3, atol=1e-5)
