import numpy as np
import pytest

from keras_pod.centroids import max_cosine, max_cosine_bound, repulsion, simplex
from keras_pod.centroids.repulsion import energy
from tests.centroids.test_bounds import degrees


@pytest.mark.parametrize(
    ("k", "n", "angle"),
    # From s = 1 no start reaches the fourth.
    [(5, 2, 72), (8, 3, 74.8584922), (12, 3, 63.4349488), (13, 3, 57.1367031)]
    + [(24, 3, 43.6907671), (40, 10, 80.4059318), (100, 22, 84.7840914)],
)
def test_known_optima_are_reached(k, n, angle):
    points = repulsion(k, n)
    assert points.shape == (k, n) and points.dtype == np.float64
    assert np.abs(np.linalg.norm(points, axis=1) - 1).max() < 1e-12
    assert angle - 0.01 < degrees(max_cosine(points)) < angle + 1e-5


def test_any_size():
    assert np.array_equal(repulsion(2, 1), simplex(2, 1))
    for k, n in [(2, 3), (3, 2), (9, 8), (50, 2)]:
        assert max_cosine(repulsion(k, n)) == pytest.approx(
            max_cosine_bound(k, n), abs=1e-4
        )


def test_more_restarts_are_never_worse_and_one_iteration_helps():
    start = np.random.default_rng(0).standard_normal((14, 3))
    cosines = [max_cosine(start) - 0.01]
    for options in ({"restarts": 1, "max_iterations": 1}, {"restarts": 1}, {}):
        cosines.append(max_cosine(repulsion(14, 3, **options)))
    assert cosines == sorted(cosines, reverse=True)


@pytest.mark.parametrize("doublings", [0, 1, 8])
def test_gradient_of_the_energy(doublings):
    points, towards = np.random.default_rng(0).standard_normal((2, 6, 3))
    gradient = energy(points, doublings)[1]
    up, down = (energy(points + h * towards, doublings)[0] for h in (1e-6, -1e-6))
    assert np.vdot(gradient, towards) == pytest.approx((up - down) / 2e-6, rel=1e-5)
