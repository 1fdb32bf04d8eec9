import tracemalloc

import numpy as np
import pytest
from sklearn.metrics import average_precision_score
from sklearn.neighbors import NearestNeighbors

from keras_pod.evaluation import nearest_classes, retrieval, retrieve
from tests.refusals import refused

RNG = np.random.default_rng(0)


def data(count, classes=5, dim=6):
    y = RNG.integers(0, classes, count)
    return RNG.normal(size=(classes, dim))[y] + RNG.normal(size=(count, dim)), y


def test_recall_against_scikit_learn(monkeypatch):
    # Seven queries at a time.
    monkeypatch.setattr(retrieval, "_COSINES", 7 * 80 * 8)
    x, y = data(80)
    near = NearestNeighbors(n_neighbors=11, metric="cosine", algorithm="brute").fit(x)
    others = near.kneighbors(x, return_distance=False)[:, 1:]
    found = retrieve(x, y, at=(1, 3, 10))
    for k in (1, 3, 10):
        expected = (y[others[:, :k]] == y[:, None]).any(axis=1).mean()
        assert found.recall[k] == pytest.approx(expected)


def tied(count, rng):
    """Few directions, so that many are exactly as similar."""
    x = rng.integers(-1, 2, (count, 2)).astype("float64")
    x[(x == 0).all(axis=1)] = 1
    return x, rng.integers(0, 3, count)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("make", [lambda count, rng: data(count), tied])
def test_average_precision_against_scikit_learn(make, dtype):
    rng = np.random.default_rng(3)
    (q, y), (g, z) = make(20, rng), make(60, rng)
    q, g = q.astype(dtype), g.astype(dtype)
    unit = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in (q, g)]
    expected = [
        average_precision_score(z == label, row)
        for label, row in zip(y, unit[0] @ unit[1].T, strict=True)
    ]
    found = retrieve(q, y, g, z)
    assert found.mean_average_precision == pytest.approx(np.mean(expected), abs=1e-9)


def test_equal_features_find_nothing():
    # A query is not its own answer.
    found = retrieve(np.eye(3)[[0, 0, 1]], [0, 0, 1], at=[1])
    assert found.queries == 2 and found.recall == {1: 1.0}
    same = retrieve(np.ones((10, 2)), np.arange(10) % 5, at=[1, 8, 9])
    assert same.recall == {1: 0.0, 8: 0.0, 9: 1.0}
    # Two equal images of the query's class stand before all others.
    assert retrieve(np.eye(3)[[0, 0, 0, 1]], [0, 0, 0, 1], at=[1]).recall == {1: 1.0}
    # A class that is not in the gallery is left out.
    assert retrieve(np.eye(3), [0, 1, 9], np.eye(3), [0, 1, 1]).queries == 2


def test_the_nearest_classes_have_the_largest_cosines():
    x, p = RNG.normal(size=(50, 8)), RNG.normal(size=(700, 8))
    unit = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, p)]
    cosines = unit[0] @ unit[1].T
    found = nearest_classes(x, p, count=3)
    expected = np.argsort(-cosines, axis=1)[:, :3]
    np.testing.assert_array_equal(found.classes, expected)
    expected = np.take_along_axis(cosines, expected, axis=1)
    np.testing.assert_allclose(found.cosines, expected, atol=1e-6)
    assert nearest_classes(0 * x[:1], p).cosines == pytest.approx(0, abs=1e-6)


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
    (lambda: retrieve(np.eye(2), [0, 1]), "no query has an image"),
    (lambda: retrieve(np.eye(2), [0, 0], at=[0]), "`at`"),
    (lambda: retrieve(np.eye(2), [0, 0]), "of one class"),
    (lambda: retrieve(np.eye(2), [0, 0], np.eye(2)), "go together"),
    (lambda: retrieve(np.eye(2), [0, 0], np.eye(3), [0, 1, 2]), "differ in size"),
    (lambda: nearest_classes([[1.0]], [[1.0, 2.0]]), "differ in size"),
    (lambda: nearest_classes([[1.0]], [[1.0]], 0), "`count` .* 1 to 1, got 0"),
)
