import math

import numpy as np
import pytest

from keras_pod.centroids import max_cosine, orthogonal_simplices, pedcc, simplex
from keras_pod.centroids.closed_form import random_frame

SIZES = [(2, 1), (2, 7), (3, 2), (10, 256), (64, 63), (100, 512)]


@pytest.mark.parametrize("k, n", SIZES)
def test_facts_of_a_simplex(k, n):
    points = simplex(k, n)
    assert points.shape == (k, n) and points.dtype == np.float64
    gram = k / (k - 1) * (np.eye(k) - 1 / k)
    assert np.abs(points @ points.T - gram).max() < 1e-12
    assert np.abs(np.linalg.norm(points, axis=1) - 1).max() < 1e-12
    assert np.abs(points.sum(axis=0)).max() < 1e-10
    values = np.linalg.svd(points, compute_uv=False)
    assert np.allclose(values[: k - 1], math.sqrt(k / (k - 1)), rtol=0, atol=1e-12)
    assert np.abs(values[k - 1 :]).max(initial=0) < 1e-12
    assert max_cosine(points) == pytest.approx(-1 / (k - 1), abs=1e-12)


@pytest.mark.parametrize(
    "make, row, expected",
    [
        (lambda: simplex(3, 4), 0, [0.055939230, -0.233748488, -0.104131998]),
        (lambda: simplex(10, 256, 7), 3, [0.006874665, 0.045068069, -0.073607137]),
        (lambda: orthogonal_simplices(5, 3), 0, [0.084468702, 0.398968557]),
        (lambda: pedcc(5, 2), 0, [-0.652016264, -0.758204980]),
    ],
)
def test_numbers_stay_the_same_from_release_to_release(make, row, expected):
    assert np.allclose(make()[row, : len(expected)], expected, rtol=0, atol=1e-6)


def test_rotation_is_haar():
    n, seeds = 6, 200
    entries = np.array([simplex(n + 1, n, seed) for seed in range(seeds)])
    # An entry of a uniform unit vector has mean 0 and variance 1/n, and its square
    # has variance 2 (n-1) / (n^2 (n+2)).
    sigma = math.sqrt(1 / n / seeds)
    assert np.abs(entries.mean(axis=0)).max() < 5 * sigma
    sigma = math.sqrt(2 * (n - 1) / (n + 2) / seeds) / n
    assert np.abs((entries**2).mean(axis=0) - 1 / n).max() < 5 * sigma
    # Without the signs of diag(R), LAPACK's diagonal of Q has a preferred sign.
    frames = np.array([random_frame(n, n, seed) for seed in range(seeds)])
    assert np.abs(frames.mean(axis=0)).max() < 5 * math.sqrt(1 / n / seeds)
    assert np.allclose(frames[0] @ frames[0].T, np.eye(n), atol=1e-14)


@pytest.mark.parametrize(
    "k, n", [(4, 2), (9, 7), (12, 7), (18, 16), (256, 128), (400, 300)]
)
def test_orthogonal_simplices(k, n):
    points = orthogonal_simplices(k, n)
    assert points.shape == (k, n) and points.dtype == np.float64
    assert np.abs(np.linalg.norm(points, axis=1) - 1).max() < 1e-12
    assert np.abs(points.sum(axis=0)).max() < 1e-12
    assert abs(max_cosine(points)) < 1e-12
    assert np.linalg.matrix_rank(points) == n
    # k - n groups whose sizes differ by at most one.
    linked = np.abs(points @ points.T) > 1e-9
    sizes = linked.sum(axis=1)
    assert sizes.min() >= 2 and sizes.max() - sizes.min() <= 1
    assert round((1 / sizes).sum()) == k - n


@pytest.mark.parametrize("k", [4, 5, 100])
def test_polygon(k):
    points = pedcc(k, 2, seed=1)
    assert max_cosine(points) == pytest.approx(math.cos(2 * math.pi / k), abs=1e-12)
    assert np.abs(points.sum(axis=0)).max() < 1e-12
