import math
import tracemalloc

import numpy as np
import pytest

from keras_pod.centroids import max_cosine, max_cosine_bound
from keras_pod.centroids.closed_form import unit
from keras_pod.centroids.most_even import best_code


def degrees(cosine):
    return math.degrees(math.acos(cosine))


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
    cosines = unit(points) @ unit(points).T
    np.fill_diagonal(cosines, -1)
    assert max_cosine(points) == pytest.approx(cosines.max(), abs=1e-15)
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


# fmt: off
# Classes, dimensions and the angle in degrees of the bound, as published.
ANGLES = [
    (4, 3, 109.4712), (5, 3, 90), (6, 3, 90), (7, 3, 82.064), (8, 3, 76.779),
    (9, 3, 73.148), (10, 3, 69.007), (12, 3, 63.4349488), (24, 3, 44.744),
    (100, 3, 21.95), (24, 4, 61.644), (120, 4, 36.17), (27, 6, 75.5224878),
    (100, 8, 67.78), (240, 8, 60), (40, 10, 81.381), (100, 16, 81.18),
    (288, 16, 76.020), (56, 20, 87.750), (50, 21, 88.936), (77, 21, 85.992),
    (100, 22, 84.7840914), (275, 22, 80.4059318), (891, 22, 75.5224878),
    (552, 23, 78.4630410), (100, 32, 88.06), (325, 52, 86.4166783), (200, 64, 89.01),
    (1000, 64, 84.74), (4224, 64, 82.905), (1000, 128, 87.90), (66048, 256, 86.429),
    (85000, 512, 87.64), (100, 50, 90), (1000, 768, 90), (10, 2, 36), (100, 2, 3.6),
]
# fmt: on


def test_bounds_as_published():
    for k, n, angle in ANGLES:
        found = degrees(max_cosine_bound(k, n))
        assert found == pytest.approx(angle, abs=0.006), (k, n)
    for k, n in [(10**6, 3), (10**9, 512), (10**5, 4096)]:
        assert 0 <= max_cosine_bound(k, n) < 1


def test_no_bound_is_above_what_exists():
    for n in (16, 64, 100, 256):
        for k in np.geomspace(2 * n + 1, n**2, 5):
            code = best_code(int(k), n)
            assert max_cosine_bound(code.size, code.dim) < code.cosine + 1e-9
    # A bound that a code reaches: exact, where the others are to two digits.
    for k, n, cosine in [(27, 6, 1 / 4), (240, 8, 1 / 2), (552, 23, 1 / 5)]:
        assert max_cosine_bound(k, n) == pytest.approx(cosine, abs=1e-9)
