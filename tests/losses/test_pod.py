import numpy as np
import pytest

from keras_pod.layers import PEDCC
from keras_pod.losses import pod
from tests import oracles


@pytest.mark.parametrize("normalise", [None, "n-1"])
def test_pod_is_nac_plus_lambda_sc(normalise):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 9)).astype("float32"), rng.integers(5, size=16)
    centroids = oracles.simplex(5, 9)
    head = PEDCC(5, centroids=centroids)
    losses = pod(lam=0.7, sc_normalise=normalise)
    total = losses["logits"](y, head(x))
    total += losses["features"](head.target_centroids(y), x)
    delta = 0.01 * 1 * 0.05
    expected = oracles.nac_loss(x, y, centroids, delta)
    expected += 0.7 * oracles.sc_loss(x, centroids[y], normalise)
    np.testing.assert_allclose(float(total), expected, rtol=1e-5)
