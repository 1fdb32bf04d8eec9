"""The competing NaC against float64 NumPy, with its gradient."""

import numpy as np
import pytest

from keras_pod.losses import CompetingNaCLoss, NaCLoss
from tests.gradients import compare

RNG = np.random.default_rng(0)
SCORES = RNG.uniform(-1, 1, size=(6, 4)).astype("float32")
LABELS = RNG.integers(4, size=6)
ROWS = RNG.dirichlet(np.ones(4), size=6)


def reference(scores, rows, weight, scale):
    nac = (1 - np.sum(rows * scores, axis=1)) ** 2
    z = scale * scores
    log_sum = np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return np.mean(nac - weight * np.sum(rows * (z - log_sum), axis=1))


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("labels", [LABELS, ROWS])
def test_value_and_gradient_against_float64(labels, compiled):
    rows = labels if labels.shape == (6, 4) else np.eye(4)[labels]
    compare(
        lambda z: CompetingNaCLoss(weight=0.3, scale=5.0)(labels, z),
        lambda z: reference(z, rows, 0.3, 5.0),
        SCORES,
        slopes=(1e-3, 1e-5),
        compiled=compiled,
    )


def test_without_weight_it_is_nac():
    ours = CompetingNaCLoss(weight=0.0)(LABELS, SCORES)
    np.testing.assert_allclose(float(ours), float(NaCLoss()(LABELS, SCORES)))
