import keras
import numpy as np
import pytest

from keras_pod.losses import BarlowDecorrelationLoss, VICRegCovarianceLoss
from tests import oracles
from tests.gradients import value_and_gradient

RNG = np.random.default_rng(0)
WIDE = (RNG.normal(size=(3, 5)) + 2).astype("float32")  # through the (B, B) form
TALL = (RNG.normal(size=(7, 3)) + 2).astype("float32")


def barlow(x):
    c = np.corrcoef(np.asarray(x, "float64").T)
    return 0.1 * (np.sum(c**2) - np.sum(np.diag(c) ** 2))


def vicreg(x):
    c = np.cov(np.asarray(x, "float64").T)
    n = len(c)
    covariance = 0.5 / n * (np.sum(c**2) - np.sum(np.diag(c) ** 2))
    return covariance + 2.0 / n * np.sum(np.maximum(0, 1 - np.sqrt(np.diag(c) + 1e-4)))


CASES = [
    (BarlowDecorrelationLoss(0.1), barlow),
    (VICRegCovarianceLoss(0.5, 2.0), vicreg),
]


@pytest.mark.parametrize(("loss", "reference"), CASES)
def test_value_and_gradient(loss, reference):
    for x in (TALL, WIDE):
        value, gradient = value_and_gradient(lambda x: loss(x, x), x)  # noqa: B023
        np.testing.assert_allclose(value, reference(x), rtol=1e-4)
        expected = oracles.numeric_gradient(reference, x)
        np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("loss", [loss for loss, _ in CASES])
def test_edges(loss):
    # One sample; a constant feature; every sample gets the batch's value.
    one = TALL[:1]
    value, gradient = value_and_gradient(lambda x: loss(x, x), one)
    assert value == 0
    assert not gradient.any()
    constant = TALL.copy()
    constant[:, 1] = 3.0
    value, gradient = value_and_gradient(lambda x: loss(x, x), constant)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
    config = {**loss.get_config(), "reduction": "none"}
    values = type(loss).from_config(config)(TALL, TALL)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(values), float(loss(TALL, TALL)), rtol=1e-6
    )
    assert values.shape == (7,)
