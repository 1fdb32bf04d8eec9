import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.metrics import brier_score_loss, log_loss

from keras_pod.evaluation import (
    Temperature,
    brier_score,
    calibration_error,
    fit_temperature,
)
from tests.refusals import refused

RNG = np.random.default_rng(0)


def drawn(count, k, temperature):
    """Scores whose true temperature is known, with labels drawn by it."""
    z = 3 * RNG.normal(size=(count, k))
    p = Temperature(temperature).probabilities(z)
    y = (p.cumsum(axis=1) > RNG.uniform(size=(count, 1))).argmax(axis=1)
    return z, y


def test_it_is_the_minimum_of_the_cross_entropy():
    z, y = drawn(300, 5, 2.0)

    def loss(t):
        return log_loss(y, Temperature(np.exp(t)).probabilities(z), labels=range(5))

    best = np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x)
    assert fit_temperature(z, y).temperature == pytest.approx(best, rel=1e-3)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_few_images_that_are_all_right_make_nobody_certain(size):
    z = RNG.normal(size=(50, 4))
    y = z.argmax(axis=1)
    p = fit_temperature(size * z, y).probabilities(size * z)
    assert p.max(axis=1).mean() == pytest.approx(51 / 52)
    assert np.array_equal(p.argmax(axis=1), y)


def test_probabilities_stay_where_the_images_cannot_tell_that_they_are_wrong():
    kept = []
    for _ in range(200):
        z, y = drawn(100, 3, 1.0)
        kept.append(fit_temperature(z, y, significance=0.05).temperature == 1.0)
    assert 0.9 <= np.mean(kept) < 1
    z, y = drawn(2000, 3, 1.5)
    assert fit_temperature(z, y, significance=0.05) == fit_temperature(z, y)
    assert fit_temperature(5 * z[:50], z[:50].argmax(axis=1)).temperature != 1
    all_right = fit_temperature(5 * z[:50], z[:50].argmax(axis=1), significance=1e-6)
    assert all_right == Temperature(1.0)


def test_error_against_loops():
    p = RNG.dirichlet([0.4] * 4, size=500)
    y = RNG.integers(0, 4, 500)
    sure, right = p.max(axis=1), p.argmax(axis=1) == y
    error = 0.0
    for i in range(10):
        mine = (sure > i / 10) & (sure <= (i + 1) / 10)
        if mine.any():
            error += mine.mean() * abs(right[mine].mean() - sure[mine].mean())
    assert calibration_error(p, y, bins=10) == pytest.approx(error, abs=1e-12)


def test_brier_against_scikit_learn():
    p = RNG.uniform(size=200)
    y = RNG.integers(0, 2, 200)
    both = np.stack([1 - p, p], axis=1)
    assert brier_score(both, y) == pytest.approx(2 * brier_score_loss(y, p), abs=1e-9)


test_bad_input = refused(
    (lambda: fit_temperature([[1.0, 1.0]], [0]), "the same for all classes"),
    (lambda: fit_temperature([[1.0, 2.0]], [2]), "from 0 to 1"),
    (lambda: fit_temperature([[1.0, 2.0]], [1], significance=0), "0, 1., got 0"),
    (lambda: brier_score([[0.5, 0.6]], [0]), "sum to 1"),
    (lambda: calibration_error([[0.5, 0.5]], [0], bins=0), "`bins`"),
)
