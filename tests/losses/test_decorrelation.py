import numpy as np
import pytest

from keras_pod.losses import BarlowDecorrelationLoss, VICRegCovarianceLoss
from tests.gradients import compare, value_and_gradient
from tests.heads import numpy

RNG = np.random.default_rng(0)
WIDE = (RNG.normal(size=(3, 5)) + 2).astype("float32")  # through the (B, B) form
TALL = (RNG.normal(size=(7, 3)) + 2).astype("float32")


def barlow(x):
    c = np.corrcoef(x.T)
    return 0.1 * (np.sum(c**2) - np.sum(np.diag(c) ** 2))


def vicreg(x):
    c = np.cov(x.T)
    n = len(c)
    covariance = 0.5 / n * (np.sum(c**2) - np.sum(np.diag(c) ** 2))
    return covariance + 2.0 / n * np.sum(np.maximum(0, 1 - np.sqrt(np.diag(c) + 1e-4)))


CASES = pytest.mark.parametrize(
    ("loss", "reference"),
    [(BarlowDecorrelationLoss(0.1), barlow), (VICRegCovarianceLoss(0.5, 2.0), vicreg)],
)


@CASES
@pytest.mark.parametrize("x", [TALL, WIDE])
def test_value_and_gradient(loss, reference, x):
    compare(lambda x: loss(x, x), reference, x, rtol=1e-4, slopes=(1e-3, 1e-5))


@CASES
def test_edges(loss, reference):
    # One sample; a constant feature; every sample gets the batch's value.
    value, gradient = value_and_gradient(lambda x: loss(x, x), TALL[:1])
    assert value == 0
    assert not gradient.any()
    constant = TALL.copy()
    constant[:, 1] = 3.0
    value, gradient = value_and_gradient(lambda x: loss(x, x), constant)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
    config = {**loss.get_config(), "reduction": "none"}
    values = numpy(type(loss).from_config(config)(TALL, TALL))
    np.testing.assert_allclose(values, [float(loss(TALL, TALL))] * 7, rtol=1e-6)
