"""Margins on cosines: falling with the angle, finite at every edge, and in part."""

import numpy as np
import pytest
from keras import ops

from keras_pod.losses import (
    ArcFaceLoss,
    ASoftmaxLoss,
    CombinedMarginLoss,
    CosSoftmaxLoss,
    PEDCCLoss,
)
from keras_pod.losses.angular_softmax import angular_psi
from keras_pod.losses.margin import combined_margin, share_of_margin, shifted_cosines
from tests import oracles
from tests.gradients import value_and_gradient
from tests.heads import numpy

GRID = np.linspace(-1, 1, 401)


@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_psi_falls_with_the_angle(m):
    for anneal in (0.0, 5.0):
        found = numpy(angular_psi(ops.convert_to_tensor(GRID), m, anneal))
        expected = [oracles.psi(c, m, anneal) for c in GRID]
        np.testing.assert_allclose(found, expected, atol=1e-5)
        assert np.all(np.diff(found) > 0)


def test_the_target_never_rises_with_the_angle():
    margins = [(1, 0.5, 0), (0.9, 0.4, 0.15), (1.2, 0.3, 0), (1, 0, 0.35), (1, 0, 0)]
    for m in [*margins, (1, 1.5, 0), (1, 3, 0), (4, 0, 0), (2, 2, 0.1)]:
        target = numpy(combined_margin(ops.convert_to_tensor(GRID), *m))
        assert np.all(np.diff(target) > -2e-6), m
        expected = [oracles.margin(c, *m) for c in GRID]
        np.testing.assert_allclose(target, expected, atol=5e-6)


def test_cosines_shifted_by_an_angle_of_each_sample():
    grid = GRID[:, None]
    angles = np.array([[-1.2, -0.4, 0.0, 0.3, 0.8, 1.5]])
    found = numpy(shifted_cosines(*map(ops.convert_to_tensor, (grid, angles))))
    assert np.all(np.diff(found, axis=0) > -2e-6)
    theta = np.arccos(grid) + angles
    naive = np.cos(np.maximum(theta, 0))
    within = theta <= np.pi
    np.testing.assert_allclose(found[within], naive[within], atol=5e-6)
    for column, angle in zip(found.T[2:], angles[0, 2:], strict=True):
        expected = [oracles.margin(c, 1, angle) for c in GRID]
        np.testing.assert_allclose(column, expected, atol=5e-6)


# Both classes' cosines at every edge, for the target and for the other class.
EDGES = np.array([1, 1 - 6e-8, 1 - 1e-7, 1 + 1e-7, 0, -1 + 1e-7, -1, -1 - 1e-7])
EDGES = np.stack([np.repeat(EDGES, 8), np.tile(EDGES, 8)], axis=1).astype("float32")


@pytest.mark.parametrize(
    "loss",
    [
        ArcFaceLoss(),
        CombinedMarginLoss(0.9, 0.4, 0.15),
        CombinedMarginLoss(1.3, 0.0, 0.0),
        ASoftmaxLoss(),
        PEDCCLoss(root=2),
    ],
)
def test_edges_are_finite(loss):
    y = np.zeros(len(EDGES), "int32")
    value, gradient = value_and_gradient(lambda c: loss(y, c), EDGES)
    assert np.isfinite(value)
    assert np.all(np.isfinite(gradient))
    # A closer target never costs more, also at the edges.
    assert np.all(gradient[:, 0] <= 1e-6)


def test_a_share_of_the_margin():
    scores = np.array([[0.6, 0.2]])
    loss, plain = ArcFaceLoss(scale=10), CosSoftmaxLoss(scale=10)
    with share_of_margin(0.0):
        np.testing.assert_allclose(float(loss([0], scores)), float(plain([0], scores)))
    whole = float(loss([0], scores))
    with share_of_margin(0.5):
        half = float(loss([0], scores))
    target = (0.6 + np.cos(np.arccos(0.6) + 0.5)) / 2
    np.testing.assert_allclose(half, np.log1p(np.exp(10 * (0.2 - target))), rtol=1e-5)
    assert float(loss([0], scores)) == whole
