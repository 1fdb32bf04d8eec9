"""Values at which a formula as it is printed breaks or says nothing."""

import numpy as np
import pytest

from keras_pod.losses import (
    BatchHardTripletLoss,
    ComplementEntropyLoss,
    COTLoss,
    CrossEntropyLoss,
    PEDCCLoss,
    RingLoss,
    SupConLoss,
)
from tests import oracles
from tests.gradients import value_and_gradient
from tests.losses.formulas import COSINES, X, Y


def test_cross_entropy_of_large_scores_and_of_rows_of_another_sum():
    # The differences of float32 scores near 1e4 survive.
    large = np.array([[10000.0, 10001.0]], "float32")
    loss = float(CrossEntropyLoss()(np.array([1]), large))
    np.testing.assert_allclose(loss, np.log1p(np.exp(-1)), rtol=1e-5)
    found = float(CrossEntropyLoss()(2 * np.eye(4)[Y], COSINES))
    expected = 2 * float(CrossEntropyLoss()(Y, COSINES))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_pedcc_loss_at_and_around_the_centroids():
    # L_MSE = 0, where the root's derivative is infinite; rounding makes it negative.
    loss = PEDCCLoss(scale=10, root=3)
    y = np.array([0])
    for target in (1.0, 1.0 + 1e-6, 1 - 1e-4):
        cosines = np.array([[target, -1.0]], "float32")
        value, gradient = value_and_gradient(lambda c: loss(y, c), cosines)
        error = max(1 - float(cosines[0, 0]), 0)
        am = oracles.pedcc_loss(cosines.astype("float64"), np.eye(2)[y], lam=0)
        expected = am + error ** (1 / 3)
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)
        assert np.all(np.isfinite(gradient)) and gradient[0, 0] < 0


def test_ring_loss_of_a_zero_feature_and_at_the_radius():
    x = np.array([[0.0, 0, 0], [0, 3, 4]], "float32")
    radii = np.array([[2.0], [5.0]])
    value, gradient = value_and_gradient(lambda x: RingLoss(1.0)(radii, x), x)
    assert value == 1  # half the mean of 4 and 0
    assert not gradient.any()


def test_without_pairs_losses_of_pairs_are_zero():
    alone, one = np.arange(9), np.zeros(1)
    for loss, y in (
        (SupConLoss(), alone),
        (SupConLoss(), one),
        (BatchHardTripletLoss(), alone),
        (BatchHardTripletLoss(), np.zeros(9)),
        (BatchHardTripletLoss(), one),
    ):
        x = X[: len(y)]
        value, gradient = value_and_gradient(lambda x: loss(y, x), x)  # noqa: B023
        assert value == 0 and not gradient.any()
    # The positive alone counts, also where it is opposite and no score is as low.
    opposite = np.array([[1.0, 0.0], [-1.0, 0.0]], "float32")
    assert abs(float(SupConLoss()(np.zeros(2), opposite))) < 1e-6


def test_near_features_far_from_the_origin_keep_their_distances():
    x = np.array([[1000.0], [1000.01], [1000.5]], "float32")
    found = float(BatchHardTripletLoss(margin=0.0)(np.array([0, 1, 0]), x))
    # The positive of each of the two is 0.5 away, the negative 0.01 and 0.49.
    first, second, third = x[:, 0].astype("float64")
    gaps = (third - first) - (second - first), (third - first) - (third - second)
    np.testing.assert_allclose(found, np.mean(gaps), rtol=1e-3)


# -- complement entropy -----------------------------------------------------------

Z = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
L = np.array([0, 3, 1, 2, 2])
# Pr_y is 1 in float32, and q still what the other scores say.
CERTAIN = np.array([[200.0, 1.0, 1.0, 1.0], [-500.0, 0.0, 300.0, 0.0]], "float32")


def test_certain_scores():
    loss, y = ComplementEntropyLoss(), np.zeros(2)
    value, gradient = value_and_gradient(lambda z: loss(y, z), CERTAIN)
    np.testing.assert_allclose(value, -np.log(3) / 3 / 2, rtol=1e-5)
    assert np.isfinite(gradient).all()
    # So has COT, whose first half of zeros leaves its term out; without both it is 0.
    second = np.concatenate([np.zeros((2, 4)), np.eye(4)[[0, 0]]], axis=1)
    found = value_and_gradient(lambda z: COTLoss()(second, z), CERTAIN)
    np.testing.assert_allclose(found[0], value, rtol=1e-6)
    np.testing.assert_allclose(found[1], gradient, rtol=1e-6)
    _, gradient = value_and_gradient(lambda z: COTLoss()(0 * second, z), CERTAIN)
    assert not gradient.any()
    # With two classes there is no entropy.
    value, gradient = value_and_gradient(lambda z: loss(L % 2, z), Z[:, :2])
    assert value == 0 and not gradient.any()


def test_rows_for_both_terms():
    rows, nothing = np.eye(4)[L], np.zeros((5, 4))
    soft = 0.8 * rows + 0.05
    loss, entropy = COTLoss(weight=0.5), ComplementEntropyLoss(weight=0.5)
    for first, second, expected in [
        (rows, rows, loss(L, Z)),
        (soft, soft, loss(soft, Z)),
        (soft, nothing, CrossEntropyLoss()(soft, Z)),
        (nothing, soft, entropy(L, Z)),
        (0.5 * rows, 2 * rows, CrossEntropyLoss()(L, Z) / 2 + 2 * entropy(L, Z)),
    ]:
        found = float(loss(np.concatenate([first, second], axis=1), Z))
        np.testing.assert_allclose(found, float(expected), rtol=1e-5)
    with pytest.raises(ValueError, match="labels must be"):
        loss(np.zeros((5, 7)), Z)
