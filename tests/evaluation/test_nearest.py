import tracemalloc

import numpy as np

from keras_pod.evaluation import nearest_classes
from tests.refusals import refused

RNG = np.random.default_rng(0)


def test_the_largest_cosines_in_every_block():
    x, p = RNG.normal(size=(50, 8)), RNG.normal(size=(700, 8))
    unit = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, p)]
    cosines = unit[0] @ unit[1].T
    found = nearest_classes(x, p, count=3, block=7)
    expected = np.argsort(-cosines, axis=1)[:, :3]
    np.testing.assert_array_equal(found.classes, expected)
    expected = np.take_along_axis(cosines, expected, axis=1)
    np.testing.assert_allclose(found.cosines, expected, atol=1e-6)


def test_the_scores_of_50_000_classes_are_never_held():
    k = 50_000
    p = RNG.normal(size=(k, 4)).astype("float32")
    chosen = RNG.integers(0, k, 2000)
    tracemalloc.start()
    found = nearest_classes(3 * p[chosen], p)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found.classes[:, 0] == chosen).mean() > 0.999
    # All scores would take 400 MB.
    assert peak < 100e6


test_bad_input = refused(
    (lambda: nearest_classes([[1.0]], [[1.0, 2.0]]), "differ in size"),
    (lambda: nearest_classes([[1.0]], [[1.0]], 2), "`count`"),
    (lambda: nearest_classes([[1.0]], [[1.0]], 0), "`count` .* 1 to 1, got 0"),
    (lambda: nearest_classes([[np.inf]], [[1.0]]), "`features` must be finite"),
)
