import numpy as np
import pytest

from keras_pod.analysis import energy_variance, mean_correlation, span_share
from keras_pod.centroids import simplex
from tests.refusals import refused

RNG = np.random.default_rng(2)


def test_both_readings_against_loops():
    f = RNG.normal(size=(40, 6)) + 0.5
    unit = np.array([row / np.sqrt(sum(v * v for v in row)) for row in f])
    found = energy_variance(f)
    energy = [np.mean([row[d] ** 2 for row in unit]) for d in range(6)]
    assert found["energy"] == pytest.approx(np.var(energy), rel=1e-12)
    shares = np.array([row / np.abs(row).sum() for row in f])
    assert found["sum_means"] == pytest.approx(np.var(shares.mean(0)))


def test_correlation_against_numpy():
    p, y = simplex(4, 6), np.arange(80) % 4
    x = p[y] + 0.3 * RNG.normal(size=(80, 6))
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    # The centroids themselves correlate: leaving them in is something else.
    for rows, centroids in ((unit, ()), (unit - p[y], (p, y))):
        expected = np.abs(np.corrcoef(rows.T))[~np.eye(6, dtype=bool)].mean()
        found = mean_correlation(x, *centroids)
        assert found == pytest.approx(expected, rel=1e-10)


def test_a_constant_feature_correlates_with_none():
    x = np.zeros((6, 3))
    x[:, 0] = [1, -1, 1, -1, 1, -1]
    assert mean_correlation(x) == 0


def test_rounded_centroids_span_no_more():
    # Ten of a simplex span nine dimensions; rounded, they are of full rank.
    p, x = simplex(10, 10), RNG.normal(size=(50, 10))
    expected = span_share(x, p)
    assert expected < 0.97
    assert span_share(x, p.astype("float32")) == pytest.approx(expected, abs=1e-5)


def test_share_in_the_span():
    p = simplex(4, 9, seed=3)
    inside = RNG.normal(size=(30, 4)) @ p
    assert span_share(inside, p) == pytest.approx(1)
    # The span of four simplex centroids has three dimensions, not four.
    basis = np.linalg.svd(p)[2]
    assert span_share(basis[3:], p) == pytest.approx(0, abs=1e-8)
    x = RNG.normal(size=(20000, 9))
    assert span_share(x, p) == pytest.approx(np.sqrt(3 / 9), abs=0.04)
    # A zero feature is left out.
    assert span_share(np.stack([p[0], 0 * p[0]]), p) == pytest.approx(1)


test_bad_input = refused(
    (lambda: energy_variance([[1.0, 2.0]]), "at least 2 rows"),
    (lambda: mean_correlation([[1.0], [2.0]]), "at least 2 columns"),
    (lambda: mean_correlation([[1.0, 2.0]], [[1.0, 2.0]]), "go together"),
    (lambda: mean_correlation([[1.0, 2.0]], [[1.0]], [0]), r"\(k, 2\)"),
    (lambda: span_share([[0.0, 0.0]], [[1.0, 0.0]]), "all zero"),
    (lambda: span_share([[1.0]], [[1.0, 0.0]]), "`centroids`"),
)
