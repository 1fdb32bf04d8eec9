import numpy as np
import pytest

from keras_pod.losses import ComplementEntropyLoss, COTLoss, CrossEntropyLoss
from tests.gradients import value_and_gradient

Z = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
Y = np.array([0, 3, 1, 2, 2])
# Pr_y is 1 in float32, and q still what the other scores say.
CERTAIN = np.array([[200.0, 1.0, 1.0, 1.0], [-500.0, 0.0, 300.0, 0.0]], "float32")


def entropy_of_certain():
    return value_and_gradient(
        lambda z: ComplementEntropyLoss()(np.zeros(2), z), CERTAIN
    )


def test_certain_scores():
    with np.errstate(all="ignore"):
        p = np.exp(CERTAIN[0] - CERTAIN[0].max())
        assert np.isnan(p[1:] / (1 - p[0] / p.sum())).all()  # q as it is printed
    value, gradient = entropy_of_certain()
    np.testing.assert_allclose(value, -np.log(3) / 3 / 2, rtol=1e-5)
    assert np.isfinite(gradient).all()


def test_two_classes_leave_the_cross_entropy():
    z = Z[:, :2]
    value, gradient = value_and_gradient(lambda z: ComplementEntropyLoss()(Y % 2, z), z)
    assert value == 0
    assert not gradient.any()


def test_rows_for_both_terms():
    rows, nothing = np.eye(4)[Y], np.zeros((5, 4))
    soft = 0.8 * rows + 0.05
    loss, entropy = COTLoss(weight=0.5), ComplementEntropyLoss(weight=0.5)
    for first, second, expected in [
        (rows, rows, loss(Y, Z)),
        (soft, soft, loss(soft, Z)),
        (soft, nothing, CrossEntropyLoss()(soft, Z)),
        (nothing, soft, entropy(Y, Z)),
        (0.5 * rows, 2 * rows, CrossEntropyLoss()(Y, Z) / 2 + 2 * entropy(Y, Z)),
    ]:
        found = float(loss(np.concatenate([first, second], axis=1), Z))
        np.testing.assert_allclose(found, float(expected), rtol=1e-5)
    with pytest.raises(ValueError, match="labels must be"):
        loss(np.zeros((5, 7)), Z)


def test_a_half_of_zeros_has_no_gradient():
    y = np.concatenate([np.zeros((2, 4)), np.eye(4)[[0, 0]]], axis=1)
    one = value_and_gradient(lambda z: COTLoss()(y, z), CERTAIN)
    for found, expected in zip(one, entropy_of_certain(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    _, gradient = value_and_gradient(lambda z: COTLoss()(np.zeros((2, 8)), z), CERTAIN)
    assert not gradient.any()
