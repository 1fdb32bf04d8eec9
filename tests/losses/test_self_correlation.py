import numpy as np
import pytest
from keras import ops

from keras_pod.losses import SelfCorrelationLoss
from tests import oracles
from tests.gradients import compare, value_and_gradient
from tests.heads import numpy


def test_check_values():
    targets = np.array([[1.0, 0, 0], [-1.0, 0, 0], [1.0, 0, 0]])
    x = np.array([[0.6, 0.8, 0], [-0.6, 0, 0.8], [0, 0.6, 0.8]])
    loss = SelfCorrelationLoss(normalise=None)
    np.testing.assert_allclose(float(loss(targets, x)), 0.6536, rtol=1e-5)
    divided = SelfCorrelationLoss()
    np.testing.assert_allclose(float(divided(targets, x)), 0.3268, rtol=1e-5)
    weighted = SelfCorrelationLoss(weight=0.5, normalise=None)
    np.testing.assert_allclose(float(weighted(targets, x)), 0.3268, rtol=1e-5)


SIZES = [(2, 5), (5, 5), (12, 5), (3, 1), (5, 9)]
OPTIONS = [
    {"normalise": None},
    {"normalise": "n-1"},
    {"normalise": None, "center": True},
    {"normalise": None, "standardise": True},
]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize(
    ("size", "compiled"), [*((size, False) for size in SIZES), ((12, 5), True)]
)
def test_value_and_gradient_against_float64(size, options, compiled):
    if options.get("standardise") and size[0] == 2:
        pytest.skip("two samples always correlate fully: the gradient is ill-defined")
    if size[1] == 1 and options["normalise"]:
        pytest.skip("n - 1 is 0")
    rng = np.random.default_rng(3)
    x = rng.normal(size=size).astype("float32")
    centroids = rng.normal(size=(4, size[1]))
    centroids /= np.linalg.norm(centroids, axis=1, keepdims=True)
    targets = centroids[rng.integers(4, size=size[0])].astype("float32")
    loss = SelfCorrelationLoss(**options)
    gradient = compare(
        lambda x: loss(targets, x),
        lambda x: oracles.sc_loss(x, targets.astype("float64"), **options),
        x,
        atol=1e-7,
        slopes=(2e-4, 2e-6),
        compiled=compiled,
    )
    # It never changes a norm: the gradient is tangential.
    np.testing.assert_allclose(np.sum(gradient * x, axis=1), 0, atol=1e-5)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("options", OPTIONS)
def test_weights_make_the_covariance(options, compiled):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(12, 5)).astype("float32")
    targets = rng.normal(size=(12, 5)).astype("float32") / 3
    weights = np.array([0, 0.1, 7, *rng.uniform(0.5, 3, size=9)], "float32")
    loss = SelfCorrelationLoss(**options, weighted=True)
    compare(
        lambda x: loss(targets, x, weights),
        lambda x: oracles.sc_loss(x, targets, **options, weights=weights),
        x,
        slopes=(2e-4, 2e-6),
        compiled=compiled,
    )
    plain = SelfCorrelationLoss(**options)
    # A weight of 0 leaves a sample out, and equal ones count for nothing.
    some = loss(targets, x, np.array([[0.0]] * 4 + [[30.0]] * 8))
    np.testing.assert_allclose(some, plain(targets[4:], x[4:]), rtol=1e-5)
    assert float(loss(targets, x)) == float(plain(targets, x))


@pytest.mark.parametrize("options", OPTIONS)
def test_weights_of_one_sample_or_none_are_zero_with_zero_gradient(options):
    x, loss = (
        np.eye(3, 4, dtype="float32") + 1,
        SelfCorrelationLoss(**options, weighted=True),
    )
    for weights in (np.array([0.0, 0.7, 0.0]), np.zeros(3)):
        value, gradient = value_and_gradient(
            lambda x, w=weights: loss(np.ones((3, 4)), x, w), x
        )
        assert value == 0
        assert np.all(gradient == 0)


def test_a_batch_of_one_is_zero_with_zero_gradient():
    x = np.array([[1.0, 2.0, 3.0]], "float32")
    targets = np.array([[1.0, 0, 0]], "float32")
    value, gradient = value_and_gradient(lambda x: SelfCorrelationLoss()(targets, x), x)
    assert value == 0
    assert np.all(gradient == 0)


@pytest.mark.parametrize("options", OPTIONS)
def test_zero_features_stay_finite(options):
    x, targets = np.zeros((4, 6), "float32"), np.eye(6, dtype="float32")[:4]
    loss = SelfCorrelationLoss(**options)
    value, gradient = value_and_gradient(lambda x: loss(targets, x), x)
    assert np.isfinite(value)
    assert np.all(np.isfinite(gradient))


def test_one_value_for_each_sample():
    # A scalar would be counted once for each device (keras-findings, section 3).
    x = np.random.default_rng(0).normal(size=(7, 3)).astype("float32")
    values = SelfCorrelationLoss(reduction="none")(np.zeros((7, 3), "float32"), x)
    assert values.shape == (7,)
    assert len(set(numpy(values).tolist())) == 1


@pytest.mark.parametrize("half", ["float16", "bfloat16"])
def test_half_precision_features(half):
    rng = np.random.default_rng(4)
    x = ops.cast(1e4 * rng.normal(size=(16, 8)), half)
    targets = np.zeros((16, 8), "float32")
    value = float(SelfCorrelationLoss(normalise=None)(targets, x))
    expected = oracles.sc_loss(numpy(ops.cast(x, "float32")), targets)
    np.testing.assert_allclose(value, expected, rtol=1e-5)
