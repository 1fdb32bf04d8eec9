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


@pytest.mark.parametrize("k, n", [(6, 8), (12, 8), (7, 2), (24, 4)])
def test_seed_fixes_the_result(k, n):
    assert np.array_equal(pedcc(k, n, seed=3), pedcc(k, n, seed=3))
    assert not np.allclose(pedcc(k, n, seed=3), pedcc(k, n, seed=4), atol=1e-3)
    assert np.array_equal(pedcc(k, n), pedcc(np.int64(k), np.int32(n), np.int64(0)))


def test_pedcc_chooses():
    assert np.array_equal(pedcc(5, 4, 2), simplex(5, 4, 2))
    assert np.array_equal(pedcc(6, 4, 2), orthogonal_simplices(6, 4, 2))
    assert np.array_equal(pedcc(8, 4, 2), orthogonal_simplices(8, 4, 2))
    assert np.array_equal(pedcc(9, 4, 2), repulsion(9, 4, 2))


@pytest.mark.parametrize(
    ("k", "n", "cosine"),
    [(24, 4, 1 / 2), (288, 16, 1 / 4), (1000, 64, 3 / 31), (2000, 66, 1 / 9)],
)
def test_pedcc_uses_codes(k, n, cosine):
    points = pedcc(k, n, seed=1)
    assert points.shape == (k, n) and points.dtype == np.float64
    assert max_cosine(points) == pytest.approx(cosine, abs=1e-12)
    assert np.abs(np.linalg.norm(points, axis=1) - 1).max() < 1e-12
    assert not is_searched(k, n)
    assert not np.allclose(points, pedcc(k, n, seed=2))


def test_a_search_is_left_out_where_it_cannot_win():
    # All of a code; one too few or a dimension too many, and near the bound.
    for k, n in [(56, 20), (26, 6), (100, 24)]:
        assert not is_searched(k, n)
    # Far above 2n; or 2n to 8n points in many dimensions, which are near in degrees,
    # but a search is better by half a degree.
    for k, n in [(110, 16), (200, 62), (600, 256), (1000, 250)]:
        assert is_searched(k, n)


def test_pedcc_takes_the_better_of_code_and_search(monkeypatch):
    # A shortened Kerdock code, 128 vectors, has a cosine of 1/5; 80 can do better.
    worse = np.random.default_rng(0).standard_normal((80, 16))
    better = repulsion(80, 16, restarts=1, symmetric_starts=0, max_iterations=20)
    assert is_searched(80, 16) and max_cosine(better) < 1 / 5 < max_cosine(worse)
    for found, cosine in ((worse, 1 / 5), (better, max_cosine(better))):
        result = found, max_cosine(found)
        monkeypatch.setattr(most_even, "search", lambda *_, result=result: result)
        assert max_cosine(pedcc(80, 16)) == pytest.approx(cosine, abs=1e-12)


@pytest.mark.parametrize(("k", "n"), [(3, 4), (7, 4), (9, 2), (100, 16), (300, 64)])
def test_dtype(k, n, monkeypatch):
    points = np.random.default_rng(0).standard_normal((k, n))
    monkeypatch.setattr(most_even, "search", lambda *_: (points, 0.0))
    assert pedcc(k, n, dtype="float32").dtype == np.float32
    np.testing.assert_allclose(
        pedcc(k, n, dtype="float32"), pedcc(k, n), rtol=1e-5, atol=1e-6
    )


def test_where_neither_search_nor_code_can_help():
    k, n = 100_000, 3
    points = pedcc(k, n, dtype="float32")
    assert points.shape == (k, n) and not is_searched(k, n)
    assert np.abs(np.linalg.norm(points, axis=1) - 1).max() < 1e-6


def test_very_many_classes_need_little_more_than_the_result():
    tracemalloc.start()
    points = pedcc(9_000, 512, dtype="float32")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * points.nbytes
    # Some against all, which would take a while: of the first, last and other blocks.
    cosines = points[[0, 1, 1024, 5000, 8_998, 8_999]] @ points.T
    assert np.sort(cosines, axis=1)[:, -2].max() < 1 / 16 + 1e-5


def fails_with(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message


@pytest.mark.parametrize(
    "function", [simplex, orthogonal_simplices, repulsion, pedcc, max_cosine_bound]
)
def test_wrong_sizes(function):
    message = "`{}` must be {}, got {}; use an integer from {} up."
    for sizes, said in (
        ((1, 4), ("num_classes", "at least 2", 1, 2)),
        ((5.0, 4), ("num_classes", "an integer", 5.0, 2)),
        ((True, 4), ("num_classes", "an integer", True, 2)),
        ((None, 4), ("num_classes", "an integer", None, 2)),
        ((5, 0), ("dim", "at least 1", 0, 1)),
        ((5, "4"), ("dim", "an integer", "'4'", 1)),
    ):
        fails_with(lambda sizes=sizes: function(*sizes), message.format(*said))


def test_wrong_arguments():
    finite = (
        "`P` must have finite rows that are not zero, but row {} is not; leave it out."
    )
    shape = (
        "`P` must have shape (classes, dim) with two rows or more, got {}; pass one "
        "centroid per row."
    )
    simplices = (
        "`num_classes` must be above dim + 1 = 5 and at most 2 * dim = 8 for "
        "orthogonal simplices, got {}; use `pedcc` or `{}`."
    )
    for call, message in (
        (
            lambda: simplex(3, 4, seed=-1),
            "`seed` must be at least 0, got -1; use an integer from 0 up.",
        ),
        (
            lambda: simplex(9, 4),
            "`num_classes` must be at most dim + 1 = 5 for a simplex, got 9; use "
            "`pedcc`, or a `dim` of at least 8.",
        ),
        (lambda: orthogonal_simplices(5, 4), simplices.format(5, "simplex")),
        (lambda: orthogonal_simplices(9, 4), simplices.format(9, "repulsion")),
        (
            lambda: repulsion(9, 4, max_iterations=0),
            "`max_iterations` must be at least 1, got 0; use an integer from 1 up.",
        ),
        (
            lambda: repulsion(9, 4, restarts=0, symmetric_starts=0),
            "`restarts` or `symmetric_starts` must be at least 1.",
        ),
        (
            lambda: repulsion(9, 4, restarts=1.5),
            "`restarts` must be an integer, got 1.5; use an integer from 0 up.",
        ),
        (
            lambda: repulsion(9, 4, tolerance=math.nan),
            "`tolerance` must be at least 0, got nan; try 1e-5.",
        ),
        (
            lambda: pedcc(3, 1),
            "`dim` must be at least 2 for 3 classes, got 1: the unit sphere of R^1 has "
            "two points only; use `dim` = 2 for an exact simplex.",
        ),
        (lambda: max_cosine([1.0, 2.0]), shape.format("(2,)")),
        (lambda: max_cosine(np.zeros((1, 3))), shape.format("(1, 3)")),
        (lambda: max_cosine([[1.0, 0.0], [0.0, 0.0]]), finite.format(1)),
        (lambda: max_cosine([[1.0, math.nan], [0.0, 1.0]]), finite.format(0)),
        (lambda: max_cosine(np.zeros((2, 0))), finite.format(0)),
    ):
        fails_with(call, message)
