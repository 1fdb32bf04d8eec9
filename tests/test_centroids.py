import doctest
import math
import re
import tracemalloc

import numpy as np
import pytest

from keras_pod import centroids
from keras_pod.centroids import (
    max_cosine,
    max_cosine_bound,
    orthogonal_simplices,
    pedcc,
    repulsion,
    simplex,
)

SIZES = [(k, k - 1) for k in range(2, 65)] + [
    (2, 7),
    (3, 2),
    (10, 9),
    (10, 256),
    (100, 512),
    (200, 512),
    (1000, 999),
]


def degrees(cosine):
    return math.degrees(math.acos(cosine))


def largest_cosine_at_once(points):
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    return (unit @ unit.T)[~np.eye(len(unit), dtype=bool)].max()


def test_docstring_examples():
    assert doctest.testmod(centroids).failed == 0


@pytest.mark.parametrize("k, n", SIZES)
def test_simplex_facts_of_spec_2_1(k, n):
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


@pytest.mark.parametrize("k, n", [(2, 3), (5, 4), (10, 32)])
def test_simplex_scores_are_a_scaled_projection(k, n):
    points = simplex(k, n, seed=4)
    x = np.random.default_rng(0).standard_normal((20, n))
    span = np.linalg.svd(points)[2][: k - 1]
    scores = ((x @ points.T) ** 2).sum(axis=1)
    assert np.allclose(scores, k / (k - 1) * ((x @ span.T) ** 2).sum(axis=1))
    distances = np.linalg.norm(points[0] - points[1:], axis=1) ** 2
    assert np.allclose(distances, 2 * k / (k - 1))


def test_simplex_before_rotation_is_the_recursion_of_the_spec():
    expected = [[-0.8660254, -0.5], [0.8660254, -0.5], [0, 1]]
    assert np.allclose(centroids._helmert_simplex(3), expected)
    points = np.array([[-1.0], [1.0]])
    for s in range(3, 9):
        old = np.column_stack([math.sqrt(s * (s - 2)) * points, -np.ones(s - 1)])
        points = np.vstack([old / (s - 1), np.eye(s - 1)[-1]])
    assert np.allclose(centroids._helmert_simplex(8), points, atol=1e-14)


def test_two_classes_are_opposite():
    points = simplex(2, 5)
    assert np.allclose(points[0], -points[1], atol=1e-15)
    assert sorted(simplex(2, 1).ravel()) == [-1.0, 1.0]


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


@pytest.mark.parametrize("k, n", [(6, 8), (12, 8), (7, 2), (20, 3)])
def test_seed_fixes_the_result(k, n):
    assert np.array_equal(pedcc(k, n, seed=3), pedcc(k, n, seed=3))
    assert not np.allclose(pedcc(k, n, seed=3), pedcc(k, n, seed=4), atol=1e-3)
    assert np.array_equal(pedcc(k, n), pedcc(np.int64(k), np.int32(n), np.int64(0)))


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
    frames = np.array([centroids._random_frame(n, n, seed) for seed in range(seeds)])
    assert np.abs(frames.mean(axis=0)).max() < 5 * math.sqrt(1 / n / seeds)
    assert np.allclose(frames[0] @ frames[0].T, np.eye(n), atol=1e-14)


@pytest.mark.parametrize(
    "k, n",
    [(k, n) for n in (2, 3, 4, 7) for k in range(n + 2, 2 * n + 1)]
    + [(18, 16), (32, 16), (258, 256), (512, 256), (1000, 768), (1000, 500)],
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


@pytest.mark.parametrize("k", [4, 5, 6, 17, 100])
def test_polygon(k):
    points = pedcc(k, 2, seed=1)
    assert max_cosine(points) == pytest.approx(math.cos(2 * math.pi / k), abs=1e-12)
    assert np.abs(points.sum(axis=0)).max() < 1e-12


@pytest.mark.parametrize(
    "k, n, angle, tolerance",
    [
        (4, 3, 109.4712206, 0.01),
        (5, 2, 72, 0.01),
        (5, 3, 90, 0.1),
        (6, 3, 90, 0.1),
        (7, 3, 77.8695422, 0.1),
        (8, 3, 74.8584922, 0.1),
        (9, 3, 70.5287794, 0.1),
        (10, 3, 66.1468220, 0.1),
        (11, 3, 63.4349488, 0.1),
        (12, 3, 63.4349488, 0.1),
        (13, 3, 57.1367031, 0.7),
        (24, 3, 43.6907671, 0.1),
        (24, 4, 60, 2.5),
        (27, 6, 75.5224878, 0.1),
        (40, 10, 80.4059318, 1),
        (240, 8, 60, 6),
    ],
)
def test_repulsion_reaches_known_optima(k, n, angle, tolerance):
    points = repulsion(k, n)
    assert points.shape == (k, n) and points.dtype == np.float64
    assert np.abs(np.linalg.norm(points, axis=1) - 1).max() < 1e-12
    assert angle - tolerance < degrees(max_cosine(points)) < angle + 1e-5


@pytest.mark.parametrize("k, n, loss", [(100, 16, 4), (100, 22, 4), (200, 64, 4)])
def test_repulsion_of_deep_learning_sizes_is_near_the_bound(k, n, loss):
    points = repulsion(k, n, restarts=1, max_iterations=60)
    bound = degrees(max_cosine_bound(k, n))
    assert bound - loss < degrees(max_cosine(points)) < bound + 1e-5


@pytest.mark.parametrize("k, n", [(7, 3), (20, 4), (30, 8)])
def test_repulsion_beats_the_best_of_1000_random_draws(k, n):
    rng = np.random.default_rng(1)
    draws = [largest_cosine_at_once(rng.standard_normal((k, n))) for _ in range(1000)]
    assert max_cosine(repulsion(k, n, restarts=1)) < min(draws)


def test_one_iteration_moves_the_points_apart():
    start = np.random.default_rng(0).standard_normal((20, 4))
    points = repulsion(20, 4, restarts=1, max_iterations=1)
    assert max_cosine(points) < max_cosine(start) - 0.01


def test_repulsion_takes_any_size():
    assert np.array_equal(repulsion(2, 1), simplex(2, 1))
    for k, n in [(2, 2), (2, 9), (3, 2), (9, 8), (50, 2)]:
        assert max_cosine(repulsion(k, n)) == pytest.approx(
            max_cosine_bound(k, n), abs=1e-4
        )


def test_more_restarts_are_never_worse():
    few = max_cosine(repulsion(14, 3, restarts=1))
    assert max_cosine(repulsion(14, 3, restarts=4)) <= few


def test_repulsion_shows_progress(capsys):
    repulsion(9, 3, restarts=2, verbose=True)
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(
        r"repulsion \(9, 3\): 0% done, start 1 of 2, tangential force \d\.\de.\d\d, "
        r"max cosine 0\.\d{4}",
        lines[0],
    )
    assert re.fullmatch(
        r"repulsion \(9, 3\): finished, max cosine 0.3333\d\d", lines[-1]
    )
    repulsion(9, 3, restarts=1)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "k, n, expected", [(3, 4, -0.5), (3, 2, -0.5), (7, 4, 0.0), (8, 4, 0.0)]
)
def test_pedcc_is_exact_where_it_can_be(k, n, expected):
    assert max_cosine(pedcc(k, n)) == pytest.approx(expected, abs=1e-12)


def test_pedcc_chooses():
    assert np.array_equal(pedcc(5, 4, 2), simplex(5, 4, 2))
    assert np.array_equal(pedcc(6, 4, 2), orthogonal_simplices(6, 4, 2))
    assert np.array_equal(pedcc(8, 4, 2), orthogonal_simplices(8, 4, 2))
    assert np.array_equal(pedcc(9, 4, 2), repulsion(9, 4, 2))


def test_max_cosine():
    assert max_cosine([[3, 0], [0, 2], [-1, 0]]) == 0
    assert max_cosine([[1, 1], [2, 2]]) == pytest.approx(1)
    assert max_cosine([[1, 2], [-2, -4]]) == pytest.approx(-1)
    assert max_cosine([[1e200, 0], [1e200, 1e200]]) == pytest.approx(math.sqrt(0.5))
    assert max_cosine([[1e-200, 0], [1e-200, 1e-200]]) == pytest.approx(math.sqrt(0.5))
    same = np.full((2, 3), 0.1)
    assert max_cosine(same) <= 1 and max_cosine(np.float32(same)) <= 1


def test_max_cosine_in_blocks_sees_every_pair():
    points = np.random.default_rng(0).standard_normal((3001, 3))
    assert max_cosine(points) == pytest.approx(
        largest_cosine_at_once(points), abs=1e-15
    )
    points = np.random.default_rng(0).standard_normal((3001, 30))
    for first, second in [(5, 2990), (0, 1), (2998, 3000), (1331, 1333)]:
        copy = points.copy()
        copy[second] = 2 * copy[first]
        assert max_cosine(copy) == pytest.approx(1, abs=1e-12)


def test_max_cosine_of_many_classes_needs_little_memory():
    points = np.random.default_rng(0).standard_normal((20_000, 2))
    tracemalloc.start()
    max_cosine(points)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6  # the Gram matrix would be 3200 MB


@pytest.mark.parametrize(
    "k, n, angle",
    [
        (4, 3, 109.4712),
        (5, 3, 90),
        (6, 3, 90),
        (7, 3, 82.064),
        (8, 3, 76.779),
        (9, 3, 73.148),
        (10, 3, 69.007),
        (12, 3, 63.4349488),
        (24, 3, 44.744),
        (100, 3, 21.95),
        (24, 4, 61.644),
        (120, 4, 36.17),
        (27, 6, 75.5224878),
        (100, 8, 67.78),
        (240, 8, 60),
        (40, 10, 81.381),
        (100, 16, 81.18),
        (288, 16, 76.020),
        (56, 20, 87.750),
        (50, 21, 88.936),
        (77, 21, 85.992),
        (100, 22, 84.7840914),
        (275, 22, 80.4059318),
        (891, 22, 75.5224878),
        (552, 23, 78.4630410),
        (100, 32, 88.06),
        (325, 52, 86.4166783),
        (200, 64, 89.01),
        (1000, 64, 84.74),
        (4224, 64, 82.905),
        (1000, 128, 87.90),
        (66048, 256, 86.429),
        (85000, 512, 87.64),
        (100, 50, 90),
        (1000, 768, 90),
        (10, 2, 36),
        (100, 2, 3.6),
    ],
)
def test_bound(k, n, angle):
    assert degrees(max_cosine_bound(k, n)) == pytest.approx(angle, abs=0.006)


@pytest.mark.parametrize(
    "k, n, cosine",
    [
        (12, 3, 1 / math.sqrt(5)),
        (27, 6, 1 / 4),
        (240, 8, 1 / 2),
        (100, 22, 1 / 11),
        (275, 22, 1 / 6),
        (891, 22, 1 / 4),
        (552, 23, 1 / 5),
        (2, 1, -1),
        (3, 1, 1),
        (5, 2, math.cos(2 * math.pi / 5)),
        (8, 4, 0),
    ],
)
def test_bound_equals_the_codes_that_reach_it(k, n, cosine):
    assert max_cosine_bound(k, n) == pytest.approx(cosine, abs=1e-9)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 9, 64])
def test_bound_grows_with_classes(n):
    bounds = [max_cosine_bound(k, n) for k in range(2, 300)]
    assert all(a <= b + 1e-12 for a, b in zip(bounds, bounds[1:], strict=False))
    assert -1 <= bounds[0] and bounds[-1] <= 1


def test_jacobi_zeros():
    special = pytest.importorskip("scipy.special")
    for m, n, a, b in [(1, 3, 1, 0), (4, 3, 1, 1), (7, 6, 1, 0), (3, 64, 1, 1)]:
        expected = special.roots_jacobi(m, a + (n - 3) / 2, b + (n - 3) / 2)[0][-1]
        zero = centroids._largest_jacobi_zero(m, n, a, b)
        assert zero == pytest.approx(expected, abs=1e-12)


def fails_with(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message


@pytest.mark.parametrize(
    "function",
    [simplex, orthogonal_simplices, repulsion, pedcc, max_cosine_bound],
)
@pytest.mark.parametrize(
    "sizes, message",
    [
        ((1, 4), "`num_classes` must be at least 2, got 1; use an integer from 2 up."),
        (
            (-3, 4),
            "`num_classes` must be at least 2, got -3; use an integer from 2 up.",
        ),
        (
            (5.0, 4),
            "`num_classes` must be an integer, got 5.0; use an integer from 2 up.",
        ),
        (
            (True, 4),
            "`num_classes` must be an integer, got True; use an integer from 2 up.",
        ),
        (
            ("5", 4),
            "`num_classes` must be an integer, got '5'; use an integer from 2 up.",
        ),
        (
            (None, 4),
            "`num_classes` must be an integer, got None; use an integer from 2 up.",
        ),
        ((5, 0), "`dim` must be at least 1, got 0; use an integer from 1 up."),
        ((5, 2.5), "`dim` must be an integer, got 2.5; use an integer from 1 up."),
        ((5, False), "`dim` must be an integer, got False; use an integer from 1 up."),
    ],
)
def test_wrong_sizes(function, sizes, message):
    fails_with(lambda: function(*sizes), message)


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda: simplex(3, 4, seed=-1),
            "`seed` must be at least 0, got -1; use an integer from 0 up.",
        ),
        (
            lambda: pedcc(3, 4, seed=None),
            "`seed` must be an integer, got None; use an integer from 0 up.",
        ),
        (
            lambda: simplex(9, 4),
            "`num_classes` must be at most dim + 1 = 5 for a simplex, got 9; use "
            "`pedcc`, or a `dim` of at least 8.",
        ),
        (
            lambda: orthogonal_simplices(5, 4),
            "`num_classes` must be above dim + 1 = 5 and at most 2 * dim = 8 for "
            "orthogonal simplices, got 5; use `pedcc` or `simplex`.",
        ),
        (
            lambda: orthogonal_simplices(9, 4),
            "`num_classes` must be above dim + 1 = 5 and at most 2 * dim = 8 for "
            "orthogonal simplices, got 9; use `pedcc` or `repulsion`.",
        ),
        (
            lambda: repulsion(9, 4, max_iterations=0),
            "`max_iterations` must be at least 1, got 0; use an integer from 1 up.",
        ),
        (
            lambda: repulsion(9, 4, restarts=1.5),
            "`restarts` must be an integer, got 1.5; use an integer from 1 up.",
        ),
        (
            lambda: repulsion(9, 4, tolerance=-1.0),
            "`tolerance` must be at least 0, got -1.0; try 1e-5.",
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
        (
            lambda: max_cosine([1.0, 2.0]),
            "`P` must have shape (classes, dim) with two rows or more, got (2,); pass "
            "one centroid per row.",
        ),
        (
            lambda: max_cosine(np.zeros((1, 3))),
            "`P` must have shape (classes, dim) with two rows or more, got (1, 3); "
            "pass one centroid per row.",
        ),
        (
            lambda: max_cosine([[1.0, 0.0], [0.0, 0.0]]),
            "`P` must have finite rows that are not zero, but row 1 is not; leave it "
            "out.",
        ),
        (
            lambda: max_cosine([[1.0, math.nan], [0.0, 1.0]]),
            "`P` must have finite rows that are not zero, but row 0 is not; leave it "
            "out.",
        ),
        (
            lambda: max_cosine(np.zeros((2, 0))),
            "`P` must have finite rows that are not zero, but row 0 is not; leave it "
            "out.",
        ),
    ],
)
def test_wrong_arguments(call, message):
    fails_with(call, message)
