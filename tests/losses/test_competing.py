"""The competing NaC against float64 NumPy, with its gradient."""

import numpy as np
import pytest

from keras_pod.losses import CompetingNaCLoss, NaCLoss
from tests import oracles
from tests.gradients import value_and_gradient

RNG = np.random.default_rng(0)
SCORES = RNG.uniform(-1, 1, size=(6, 4)).astype("float32")
LABELS = RNG.integers(4, size=6)
ROWS = RNG.dirichlet(np.ones(4), size=6)


def reference(scores, rows, weight, scale):
    scores = np.asarray(scores, "float64")
    nac = (1 - np.sum(rows * scores, axis=1)) ** 2
    z = scale * scores
    log_sum = np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return np.mean(nac - weight * np.sum(rows * (z - log_sum), axis=1))


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("labels", [LABELS, LABELS[:, None], np.eye(4)[LABELS], ROWS])
def test_value_and_gradient_against_float64(labels, compiled):
    rows = labels if labels.shape == (6, 4) else np.eye(4)[labels.ravel()]
    loss = CompetingNaCLoss(weight=0.3, scale=5.0)
    value, gradient = value_and_gradient(lambda z: loss(labels, z), SCORES, compiled)

    def expected(scores):
        return reference(scores, rows, 0.3, 5.0)

    np.testing.assert_allclose(value, expected(SCORES), rtol=1e-5)
    slopes = oracles.numeric_gradient(expected, SCORES)
    np.testing.assert_allclose(gradient, slopes, rtol=1e-3, atol=1e-5)


def test_without_weight_it_is_nac():
    ours = CompetingNaCLoss(weight=0.0)(LABELS, SCORES)
    np.testing.assert_allclose(float(ours), float(NaCLoss()(LABELS, SCORES)))


def test_an_impossible_label_is_nan():
    assert np.isnan(float(CompetingNaCLoss()(np.array([4] * 6), SCORES)))
