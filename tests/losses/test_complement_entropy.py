import numpy as np
import pytest

from keras_pod.losses import ComplementEntropyLoss, COTLoss, CrossEntropyLoss
from tests.gradients import compare, value_and_gradient

Z = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
Y = np.array([0, 3, 1, 2, 2])
# Pr_y is 1 in float32, and q still what the other scores say.
CERTAIN = np.array([[200.0, 1.0, 1.0, 1.0], [-500.0, 0.0, 300.0, 0.0]], "float32")


def reference(z, y):
    """H / (k - 1) through the probabilities themselves."""
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    total = 0.0
    for i, label in enumerate(y):
        for j in range(z.shape[1]):
            if j != label:
                q = p[i, j] / (1 - p[i, label])
                total -= q * np.log(q)
    return total / len(z) / (z.shape[1] - 1)


@pytest.mark.parametrize(("divisor", "expected"), [("k-1", 0.336506), ("k", 0.224337)])
def test_check_values(divisor, expected):
    # docs/papers.md, 2.28
    z, y = np.log([[0.5, 0.3, 0.2]]), np.array([0])
    loss = float(ComplementEntropyLoss(divisor=divisor)(y, z))
    np.testing.assert_allclose(loss, -expected, rtol=1e-5)
    loss = float(COTLoss(weight=2.0, divisor=divisor)(y, z))
    np.testing.assert_allclose(loss, np.log(2) - 2 * expected, atol=2e-6)


def test_value_and_gradient():
    def function(z):
        log_sum = np.log(np.exp(z).sum(1))
        return np.mean(log_sum - z[np.arange(5), Y]) - 0.5 * reference(z, Y)

    compare(lambda z: COTLoss(weight=0.5)(Y, z), function, Z, slopes=(1e-3, 1e-6))


def test_certain_scores():
    with np.errstate(all="ignore"):
        p = np.exp(CERTAIN[0] - CERTAIN[0].max())
        assert np.isnan(p[1:] / (1 - p[0] / p.sum())).all()  # q as it is printed
    value, gradient = value_and_gradient(
        lambda z: ComplementEntropyLoss()(np.zeros(2), z), CERTAIN
    )
    np.testing.assert_allclose(value, -np.log(3) / 3 / 2, rtol=1e-5)
    assert np.isfinite(gradient).all()


def test_two_classes_leave_the_cross_entropy():
    z = Z[:, :2]
    value, gradient = value_and_gradient(lambda z: ComplementEntropyLoss()(Y % 2, z), z)
    assert value == 0
    assert not gradient.any()
    a, b = COTLoss()(Y % 2, z), CrossEntropyLoss()(Y % 2, z)
    np.testing.assert_allclose(float(a), float(b), rtol=1e-6)


def test_rows_for_both_terms():
    rows, nothing = np.eye(4)[Y], np.zeros((5, 4))
    soft = 0.8 * rows + 0.05
    loss, entropy = COTLoss(weight=0.5), ComplementEntropyLoss(weight=0.5)
    # The largest entry of a soft row is the right class.
    np.testing.assert_allclose(float(entropy(soft, Z)), -0.5 * reference(Z, Y), 1e-5)
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
    other = value_and_gradient(
        lambda z: ComplementEntropyLoss()(np.zeros(2), z), CERTAIN
    )
    for found, expected in zip(one, other, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    _, gradient = value_and_gradient(lambda z: COTLoss()(np.zeros((2, 8)), z), CERTAIN)
    assert not gradient.any()
