import numpy as np
import pytest

from keras_pod.losses import CrossEntropyLoss, PrototypeLoss, g_cpl
from tests import oracles
from tests.gradients import value_and_gradient

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 3)).astype("float32")
PROTOTYPES = RNG.normal(size=(5, 6))


def reference(x):
    rows = PROTOTYPES.reshape(5, 2, 3)
    return 0.2 * np.mean([min(np.sum((a - b) ** 2, 1)) for a, b in zip(x, rows)])  # noqa: B905


def test_value_and_gradient():
    value, gradient = value_and_gradient(lambda x: PrototypeLoss(0.2)(PROTOTYPES, x), X)
    np.testing.assert_allclose(value, reference(X), rtol=1e-5)
    expected = oracles.numeric_gradient(reference, X)
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-6)


def test_other_targets_are_refused():
    with pytest.raises(ValueError, match="PrototypeLogits head"):
        PrototypeLoss()(np.ones((2, 4)), np.ones((2, 3)))


def test_g_cpl_is_both_terms():
    losses = g_cpl(weight=0.5)
    assert isinstance(losses["logits"], CrossEntropyLoss)
    loss = losses["features"]
    assert loss.weight == 0.5
