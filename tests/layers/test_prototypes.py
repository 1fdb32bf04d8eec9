"""Distances where float32 loses them, and where prototypes begin."""

import keras
import numpy as np
import pytest

from keras_pod.layers import GaussianMixture, PrototypeLogits, RBFLogits, RBFNetwork
from tests.heads import built, numpy


@pytest.mark.parametrize("per_class", [1, 4])
def test_initial_prototypes_have_the_scale_of_single_rows(per_class):
    keras.utils.set_random_seed(0)
    head = built(PrototypeLogits(10, per_class), 30)
    bound = np.sqrt(6 / (10 * per_class + 30))
    largest = np.abs(numpy(head.prototypes)).max()
    assert 0.95 * bound < largest <= bound


@pytest.mark.parametrize("make", [PrototypeLogits, RBFLogits, RBFNetwork])
def test_exact_distances(make):
    """Far from the origin, where those of the expanded form are lost."""
    rng = np.random.default_rng(2)
    rows = (100 + 10 * rng.normal(size=(4, 512))).astype("float32")
    x = (rows + 0.01 * rng.normal(size=(4, 512))).astype("float32")
    scale = {} if make is PrototypeLogits else {"feature_scale": 1.0}
    heads = [built(make(4, exact=exact, **scale), 512) for exact in (True, False)]
    for head in heads:
        head.weights[0].assign(rows)
        if make is RBFNetwork:
            head.kernel.assign(np.eye(4))
    exact, expanded = (np.diagonal(numpy(head(x))) for head in heads)
    d = np.sum((x.astype("float64") - rows) ** 2, axis=1)
    true = {
        PrototypeLogits: -d,
        RBFLogits: 4 * np.exp(-d / 2),
        RBFNetwork: np.exp(-d / 2),
    }[make]
    np.testing.assert_allclose(exact, true, rtol=1e-5)
    assert np.max(np.abs(expanded / true - 1)) > 1e-4


@pytest.mark.parametrize("covariance", ["identity", "shared", "diagonal"])
def test_gaussians_far_from_the_origin(covariance):
    """There the squares of float32 have lost the distances."""
    rng = np.random.default_rng(0)
    head = built(GaussianMixture(4, covariance), 3)
    x, means = (rng.normal(size=(size, 3)) for size in (5, 4))
    x, means = (np.float32(1000 + one) for one in (x, means))
    head.means.assign(means)
    logs = np.zeros((4, 3))
    if covariance != "identity":
        head.log_variances.assign(0.5 * rng.normal(size=head.log_variances.shape))
        logs = np.broadcast_to(numpy(head.log_variances), (4, 3))
    gaps = np.square(x[:, None].astype("float64") - means) * np.exp(-logs)
    expected = -0.5 * np.sum(gaps + logs * (covariance == "diagonal"), axis=2)
    np.testing.assert_allclose(numpy(head(x)), expected, rtol=1e-3, atol=1e-2)
