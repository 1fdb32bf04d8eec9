import math
import re

import numpy as np
import pytest

from keras_pod.centroids import max_cosine, max_cosine_bound, repulsion, simplex
from keras_pod.centroids.closed_form import unit
from keras_pod.centroids.descent import energy
from keras_pod.centroids.symmetry import Symmetry, no_symmetry
from tests.centroids.test_bounds import degrees, largest_cosine_at_once


@pytest.mark.parametrize(
    ("k", "n", "angle", "symmetric"),
    # From s = 1 no start reaches the fourth, and no free start the last.
    [(5, 2, 72, 0), (8, 3, 74.8584922, 0), (12, 3, 63.4349488, 0)]
    + [(13, 3, 57.1367031, 0), (24, 3, 43.6907671, 0), (40, 10, 80.4059318, 0)]
    + [(100, 22, 84.7840914, 0), (24, 4, 60, None)],
)
def test_known_optima_are_reached(k, n, angle, symmetric):
    points = repulsion(k, n, symmetric_starts=symmetric)
    assert points.shape == (k, n) and points.dtype == np.float64
    assert np.abs(np.linalg.norm(points, axis=1) - 1).max() < 1e-12
    assert angle - 0.01 < degrees(max_cosine(points)) < angle + 1e-5


@pytest.mark.slow
@pytest.mark.parametrize(
    "k, n, angle",
    [(50, 21, 87.2705974), (56, 20, 86.1774463), (77, 21, 85.2198082)]
    + [(275, 22, 80.4059318), (240, 8, 60)],
)
def test_codes_of_large_dimension_are_nearly_reached(k, n, angle):
    assert angle - 2.5 < degrees(max_cosine(repulsion(k, n))) < angle + 1e-5


def test_sizes_of_deep_learning_end_near_the_bound():
    points = repulsion(100, 16, restarts=1, symmetric_starts=0, max_iterations=60)
    bound = degrees(max_cosine_bound(100, 16))
    assert bound - 4 < degrees(max_cosine(points)) < bound + 1e-5


def test_it_beats_the_best_of_1000_random_draws():
    rng = np.random.default_rng(1)
    draws = [largest_cosine_at_once(rng.standard_normal((30, 8))) for _ in range(1000)]
    assert max_cosine(repulsion(30, 8, restarts=1, symmetric_starts=0)) < min(draws)


def test_any_size():
    assert np.array_equal(repulsion(2, 1), simplex(2, 1))
    # Two points have no symmetry to start from.
    found = repulsion(2, 3, restarts=0, symmetric_starts=5)
    np.testing.assert_allclose(found[0], -found[1], atol=1e-12)
    for k, n in [(3, 2), (9, 8), (50, 2)]:
        assert max_cosine(repulsion(k, n)) == pytest.approx(
            max_cosine_bound(k, n), abs=1e-4
        )


def test_more_restarts_are_never_worse_and_one_iteration_helps():
    start = np.random.default_rng(0).standard_normal((14, 3))
    cosines = [max_cosine(start) - 0.01]
    options = {"restarts": 1, "symmetric_starts": 0}
    for more in ({"max_iterations": 1}, {}, {"restarts": 4, "symmetric_starts": 9}):
        cosines.append(max_cosine(repulsion(14, 3, **options | more)))
    assert cosines == sorted(cosines, reverse=True)


def test_seed_fixes_the_search():
    one, again, other = (
        repulsion(20, 5, seed, restarts=1, symmetric_starts=4, max_iterations=20)
        for seed in (3, 3, 4)
    )
    assert np.array_equal(one, again)
    assert not np.allclose(one, other, atol=1e-3)


def test_progress_is_shown(capsys):
    repulsion(9, 3, restarts=2, symmetric_starts=2, verbose=True)
    first, *_, last = capsys.readouterr().out.splitlines()
    told = r"repulsion \(9, 3\): start 1, s = 2\^0, max cosine 0\.\d{4}"
    assert re.fullmatch(told, first)
    assert re.fullmatch(r"repulsion \(9, 3\): finished, max cosine 0.3333\d\d", last)
    repulsion(9, 3, restarts=1, symmetric_starts=0)
    assert capsys.readouterr().out == ""


def test_many_points_are_searched_among_symmetric_arrangements_only():
    points = repulsion(2500, 16, max_iterations=3)
    first = np.random.default_rng(0).standard_normal((2500, 16))
    assert points.shape == (2500, 16)
    assert np.abs(np.linalg.norm(points, axis=1) - 1).max() < 1e-12
    # in degrees: random directions 20, Levenshtein's bound 62
    assert degrees(max_cosine(points)) > degrees(max_cosine(first)) + 15


def test_too_many_points_for_a_search_are_random_directions():
    points = repulsion(20_000, 3)
    assert points.shape == (20_000, 3)
    assert np.abs(np.linalg.norm(points, axis=1) - 1).max() < 1e-12
    assert np.abs(points.mean(axis=0)).max() < 5 * (3 * 20_000) ** -0.5


# 50 points: orbits of 21 and 7 and a fixed point, one block of sum 0.
SYMMETRIC = Symmetry(7, [1, 2, 4], (2, 1, 1), 13)


@pytest.mark.parametrize("doublings", [0, 1, 8])
@pytest.mark.parametrize("symmetry", [no_symmetry(6, 3), SYMMETRIC])
def test_gradient_of_the_energy(symmetry, doublings):
    rng = np.random.default_rng(0)
    shape = len(symmetry.places), symmetry.width
    points, towards = rng.standard_normal((2, *shape))
    gradient = energy(points, doublings, symmetry)[1]
    up, down = (
        energy(points + h * towards, doublings, symmetry)[0] for h in (1e-6, -1e-6)
    )
    assert np.vdot(gradient, towards) == pytest.approx((up - down) / 2e-6, rel=1e-5)


def test_energy_is_the_physical_model_at_exponent_1():
    points = unit(np.random.default_rng(0).standard_normal((5, 3)))
    gaps = points[:, None] - points
    distances = np.linalg.norm(gaps, axis=2) + np.eye(5)
    expected = (1 / distances).sum() - 5
    force = (gaps / distances[..., None] ** 3).sum(axis=1)
    tangential = force - (force * points).sum(axis=1, keepdims=True) * points
    value, gradient, share = energy(points, 0, no_symmetry(5, 3))
    assert value == pytest.approx(math.log(expected))
    # Each pair is counted twice in the energy, and so is its force.
    assert np.allclose(gradient, -2 * tangential / expected)
    assert share == pytest.approx(np.linalg.norm(tangential) / np.linalg.norm(force))


def test_a_symmetric_energy_is_that_of_all_its_points():
    points = SYMMETRIC.project(np.random.default_rng(0).standard_normal((4, 14)))
    everyone = SYMMETRIC.orbits(unit(points))
    expected = energy(everyone, 3, no_symmetry(50, 14))
    assert energy(points, 3, SYMMETRIC)[0] == pytest.approx(expected[0])
