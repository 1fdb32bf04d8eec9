import math
import tracemalloc

import numpy as np
import pytest

from keras_pod.centroids import (
    is_searched,
    max_cosine,
    max_cosine_bound,
    most_even,
    orthogonal_simplices,
    pedcc,
    repulsion,
    simplex,
)
from tests.refusals import refused


def test_the_best_known_is_chosen_and_the_seed_fixes_it():
    for k, n, make in (
        (5, 4, simplex),
        (6, 4, orthogonal_simplices),
        (8, 4, orthogonal_simplices),
        (9, 4, repulsion),
    ):
        assert np.array_equal(pedcc(k, n, 2), make(k, n, 2)), (k, n)
    for k, n in [(6, 8), (12, 8), (7, 2), (288, 16), (9, 4)]:
        same = pedcc(np.int64(k), np.int32(n), seed=np.int64(3))
        assert np.array_equal(pedcc(k, n, seed=3), same)
        assert not np.allclose(same, pedcc(k, n, seed=4), atol=1e-3)


@pytest.mark.parametrize(
    ("k", "n", "cosine"), [(288, 16, 1 / 4), (1000, 64, 3 / 31), (2000, 66, 1 / 9)]
)
def test_a_code_near_the_bound_is_taken_without_a_search(k, n, cosine):
    points = pedcc(k, n, seed=1)
    assert not is_searched(k, n)
    assert points.shape == (k, n) and points.dtype == np.float64
    assert max_cosine(points) == pytest.approx(cosine, abs=1e-12)
    assert np.abs(np.linalg.norm(points, axis=1) - 1).max() < 1e-12


def test_a_search_is_run_where_it_can_win():
    # Far above 2n; or 2n to 8n points in many dimensions, which are near in degrees,
    # but a search is better by half a degree.
    for k, n in [(110, 16), (200, 62), (600, 256), (1000, 250)]:
        assert is_searched(k, n)


def test_the_better_of_code_and_search_is_taken(monkeypatch):
    # A shortened Kerdock code, 128 vectors, has a cosine of 1/5; 80 can do better.
    worse = np.random.default_rng(0).standard_normal((80, 16))
    better = repulsion(80, 16, restarts=1, max_iterations=20)
    assert is_searched(80, 16) and max_cosine(better) < 1 / 5 < max_cosine(worse)
    for found, cosine in ((worse, 1 / 5), (better, max_cosine(better))):
        monkeypatch.setattr(most_even, "repulsion", lambda *_, found=found: found)
        assert max_cosine(pedcc(80, 16)) == pytest.approx(cosine, abs=1e-12)


@pytest.mark.parametrize(("k", "n"), [(3, 4), (7, 4), (9, 2), (100, 16), (300, 16)])
def test_dtype(k, n, monkeypatch):
    points = np.random.default_rng(0).standard_normal((k, n))
    monkeypatch.setattr(most_even, "repulsion", lambda *_: points)
    single = pedcc(k, n, dtype="float32")
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, pedcc(k, n), rtol=1e-5, atol=1e-6)


def test_where_neither_search_nor_code_can_help():
    k, n = 100_000, 3
    points = pedcc(k, n, dtype="float32")
    assert points.shape == (k, n) and not is_searched(k, n)
    assert np.abs(np.linalg.norm(points, axis=1) - 1).max() < 1e-6
    # They are random directions.
    assert np.abs(points.mean(axis=0)).max() < 5 * (n * k) ** -0.5


def test_very_many_classes_need_little_more_than_the_result():
    tracemalloc.start()
    points = pedcc(9_000, 512, dtype="float32")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * points.nbytes
    # Some against all, which would take a while: of the first, last and other blocks.
    cosines = points[[0, 1, 1024, 5000, 8_998, 8_999]] @ points.T
    assert np.sort(cosines, axis=1)[:, -2].max() < 1 / 16 + 1e-5


def sizes_are_checked(make):
    return [
        (lambda: make(1, 4), "`num_classes` must be an integer from 2 on, got 1"),
        (lambda: make(5.0, 4), "`num_classes` must be an integer from 2 on, got 5.0"),
        (lambda: make(5, 0), "`dim` must be an integer from 1 on, got 0"),
    ]


NOT_FINITE = "`P` must have finite rows that are not zero, but row {} is not; leave it"
NO_ROWS = r"`P` must have shape \(classes, dim\) with two rows or more, got \({}\);"
IN_RANGE = "above dim . 1 = 5 and at most 2 . dim = 8 .* got {}; use `pedcc` or `{}`"
test_bad_input = refused(
    *sizes_are_checked(simplex),
    *sizes_are_checked(orthogonal_simplices),
    *sizes_are_checked(repulsion),
    *sizes_are_checked(pedcc),
    *sizes_are_checked(max_cosine_bound),
    (lambda: simplex(3, 4, seed=-1), "`seed` must be an integer from 0 on, got -1"),
    (lambda: simplex(9, 4), "at most dim . 1 = 5 .*, got 9; .* a `dim` of at least 8"),
    (lambda: orthogonal_simplices(5, 4), IN_RANGE.format(5, "simplex")),
    (lambda: orthogonal_simplices(9, 4), IN_RANGE.format(9, "repulsion")),
    (lambda: repulsion(9, 4, max_iterations=0), "`max_iterations` .* from 1 on, got 0"),
    (lambda: repulsion(9, 4, restarts=1.5), "`restarts` must be .* from 1 on, got 1.5"),
    (lambda: repulsion(9, 4, tolerance=math.nan), "`tolerance` must be .* got nan"),
    (lambda: pedcc(3, 1), "`dim` must be at least 2 for 3 classes, .* use `dim` = 2"),
    (lambda: max_cosine([1.0, 2.0]), NO_ROWS.format("2,")),
    (lambda: max_cosine([[1.0, math.nan], [0.0, 1.0]]), NOT_FINITE.format(0)),
    (lambda: max_cosine(np.zeros((2, 0))), NOT_FINITE.format(0)),
    error=ValueError,
)
