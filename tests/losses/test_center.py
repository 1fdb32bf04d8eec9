import keras
import numpy as np
import pytest

from keras_pod.losses import CenterLoss, CrossEntropyLoss, center
from tests import oracles
from tests.gradients import value_and_gradient

X = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
C = np.random.default_rng(1).normal(size=(5, 3))


def test_value_and_gradient():
    def reference(x):
        return 0.2 / 2 * np.mean([np.sum((a - b) ** 2) for a, b in zip(x, C)])  # noqa: B905

    value, gradient = value_and_gradient(lambda x: CenterLoss(0.2)(C, x), X)
    np.testing.assert_allclose(value, reference(X), rtol=1e-5)
    expected = oracles.numeric_gradient(reference, X)
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-6)


def test_half_features():
    x = keras.ops.cast(300 * X, "float16")  # squares overflow in half precision
    wide = keras.ops.convert_to_numpy(keras.ops.cast(x, "float32"))
    expected = 0.0015 * np.mean(((wide - C) ** 2).sum(1))
    np.testing.assert_allclose(float(CenterLoss()(C, x)), expected, rtol=1e-5)


def test_targets_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"CenterDense .* \(2, 1\)"):
        CenterLoss()(np.ones((2, 1)), np.ones((2, 3)))


def test_center_is_both_terms():
    losses = center(weight=0.5)
    assert isinstance(losses["logits"], CrossEntropyLoss)
    assert losses["features"].weight == 0.5
    with pytest.raises(ValueError, match="weight"):
        center(weight=-1)
