import numpy as np
import pytest

from keras_pod.analysis import (
    angular_gaps,
    prototype_distances,
    prototype_fit,
    within_class_spread,
)
from tests.refusals import refused

RNG = np.random.default_rng(1)


def test_spread_is_that_of_its_definition():
    x, y = RNG.normal(size=(90, 5)), np.arange(90) % 4
    total = 0.0
    for c in range(4):
        u = [v / np.linalg.norm(v) for v in x[y == c]]
        mean = np.mean(u, axis=0)
        total += sum(1 - v @ mean / np.linalg.norm(mean) for v in u)
    assert within_class_spread(x, y) == pytest.approx(total / 90, rel=1e-12)


def test_a_class_of_one_and_gaps_between_labels():
    assert within_class_spread([[2.0, 1.0], [0.0, 3.0]], [5, 9]) == pytest.approx(0)


def test_gaps_of_uneven_directions():
    angles = np.deg2rad([0, 30, 180])
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    found = angular_gaps(x, [2, 0, 1])
    np.testing.assert_allclose(np.sort(found.gaps), np.deg2rad([30, 150, 180]))
    assert found.gaps.sum() == pytest.approx(2 * np.pi)
    assert found.sd == pytest.approx(np.std(np.deg2rad([30, 150, 180])))


def test_points_near_the_origin():
    x = np.concatenate([np.full((8, 2), 1.0), np.full((2, 2), 0.01)])
    assert angular_gaps(x, [0, 1] * 5).near_origin == 0.2


def test_distances_of_a_table():
    x, w, y = RNG.normal(size=(50, 3)), RNG.normal(size=(4, 3)), RNG.integers(0, 4, 50)
    d = np.array([np.sum((a - w[j]) ** 2) for a, j in zip(x, y, strict=True)])
    found = prototype_distances(x, y, w)
    np.testing.assert_allclose(found, [d.min(), d.max(), d.mean(), d.var()])


def test_prototypes_at_the_class_means_fit():
    w = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 20.0]])
    y = np.repeat([0, 1, 2], 200)
    x = w[y] + RNG.normal(size=(600, 2))
    good = prototype_fit(x, y, np.stack([x[y == c].mean(0) for c in range(3)]))
    assert good.off_center == pytest.approx(0, abs=1e-12)
    shifted = prototype_fit(x, y, w + [3.0, 4.0])
    assert shifted.off_center == pytest.approx(5, rel=0.05)
    assert shifted.inter == pytest.approx((10 + 10 + 20) / 3)
    assert shifted.tightness == pytest.approx(shifted.intra / shifted.inter)
    assert good.tightness < shifted.tightness


test_bad_input = refused(
    (lambda: within_class_spread([[1.0]], [0, 1]), "`labels` must be 1 integers"),
    (lambda: within_class_spread([[1.0]], [-1]), "`labels` must be integers >= 0"),
    (lambda: angular_gaps([[1.0]], [0]), r"shape \(N, 2\)"),
    (lambda: angular_gaps([[1.0, 2.0]], [0]), "one class"),
    (lambda: prototype_distances([[1.0]], [0], [[1.0, 2.0]]), r"\(k, 1\)"),
    (lambda: prototype_fit([[1.0]], [0], [[1.0]]), "k >= 2"),
)
