"""Correlations: sample weights in them, and batches that have none."""

import numpy as np
import pytest

from keras_pod.losses import (
    BarlowDecorrelationLoss,
    SelfCorrelationLoss,
    VICRegCovarianceLoss,
)
from tests import oracles
from tests.gradients import compare, value_and_gradient
from tests.losses.formulas import CORRELATIONS, UNIT, X

EVERY_KIND = pytest.mark.parametrize("options", CORRELATIONS)
LOSSES = [SelfCorrelationLoss(**options) for options in CORRELATIONS]
LOSSES += [BarlowDecorrelationLoss(), VICRegCovarianceLoss(variance_weight=2.0)]


@pytest.mark.parametrize("compiled", [False, True])
@EVERY_KIND
def test_weights_make_the_covariance(options, compiled):
    weights = np.array([0, 0.1, 7, *np.linspace(0.5, 3, 6)], "float32")
    loss = SelfCorrelationLoss(**options, weighted=True)
    compare(
        lambda x: loss(UNIT, x, weights),
        lambda x: oracles.sc_loss(x, UNIT, **options, weights=weights),
        X,
        slopes=(2e-4, 2e-6),
        compiled=compiled,
    )
    plain = SelfCorrelationLoss(**options)
    # A weight of 0 leaves a sample out, and equal ones count for nothing.
    some = loss(UNIT, X, np.array([[0.0]] * 4 + [[30.0]] * 5))
    np.testing.assert_allclose(some, plain(UNIT[4:], X[4:]), rtol=1e-5)
    assert float(loss(UNIT, X)) == float(plain(UNIT, X))


@EVERY_KIND
def test_weights_of_one_sample_or_none_are_zero_with_zero_gradient(options):
    x, loss = X[:3], SelfCorrelationLoss(**options, weighted=True)
    for weights in (np.array([0.0, 0.7, 0.0]), np.zeros(3)):
        value, gradient = value_and_gradient(
            lambda x, w=weights: loss(UNIT[:3], x, w), x
        )
        assert value == 0
        assert np.all(gradient == 0)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_batches_without_correlations(loss):
    value, gradient = value_and_gradient(lambda x: loss(UNIT[:1], x), X[:1])
    assert value == 0 and not gradient.any()
    constant = X.copy()
    constant[:, 1] = 3.0
    for x in (0 * X, constant, X[:, :1]):
        targets = UNIT[:, : x.shape[1]]
        value, gradient = value_and_gradient(lambda x: loss(targets, x), x)  # noqa: B023
        assert np.isfinite(value) and np.isfinite(gradient).all()
