import numpy as np
import pytest

from keras_pod.analysis import collapse
from keras_pod.centroids import simplex
from tests.refusals import refused

RNG = np.random.default_rng(3)


def reference(x, y, w, z):
    """From the definitions, with full covariance matrices."""
    k = len(w)
    means = np.stack([x[y == c].mean(axis=0) for c in range(k)])
    m = means - means.mean(axis=0)
    within = sum(np.outer(v, v) for v in x - means[y])
    between = sum(np.outer(v, v) for v in m) / k
    nc1 = np.trace(within / len(x) @ np.linalg.pinv(between, rcond=1e-10)) / k
    lengths = [np.linalg.norm(v) for v in m]
    cosines = [
        m[i] @ m[j] / lengths[i] / lengths[j] for i in range(k) for j in range(i)
    ]
    gap = w / np.sqrt((w**2).sum()) - m / np.sqrt((m**2).sum())
    nearest = [np.argmin([np.linalg.norm(a - v) for v in means]) for a in x]
    return (
        nc1,
        np.std(lengths) / np.mean(lengths),
        np.mean([abs(c + 1 / (k - 1)) for c in cosines]),
        (gap**2).sum(),
        np.mean(nearest != z.argmax(axis=1)),
    )


@pytest.mark.parametrize(("k", "n"), [(3, 5), (4, 3), (2, 6)])
def test_against_the_definitions(k, n):
    y = np.arange(60) % k
    x = RNG.normal(size=(k, n))[y] + 0.3 * RNG.normal(size=(60, n))
    w, z = RNG.normal(size=(k, n)), RNG.normal(size=(60, k))
    np.testing.assert_allclose(collapse(x, y, w, z), reference(x, y, w, z), rtol=1e-8)


def test_full_collapse_is_zero_and_noise_takes_it_away():
    p, y = simplex(5, 8, seed=1), np.arange(100) % 5
    whole = collapse(7 * p[y] + 3, y, 0.2 * p, p[y] @ p.T)
    np.testing.assert_allclose(whole, 0, atol=1e-12)
    noisy = [
        collapse(p[y] + s * RNG.normal(size=(100, 8)), y, p, p[y] @ p.T)
        for s in (0.1, 0.5)
    ]
    assert 0 < noisy[0].nc1 < noisy[1].nc1


def test_class_means_that_are_equal_have_not_collapsed():
    x = np.array([[1.0, 0], [-1, 0], [1, 0], [-1, 0]])
    z = np.array([[1.0, 0], [1, 0], [1, 0], [0, 1]])
    found = collapse(x, np.array([0, 0, 1, 1]), np.eye(2), z)
    assert np.isnan(found[:4]).all()
    assert found.nc4 == 0.25


X, Z, ODD = np.eye(4)[:, :2], np.ones((4, 2)), np.array([0, 1, 0, 1])
test_bad_input = refused(
    (lambda: collapse(X, ODD, np.ones((2, 3)), Z), "`weights`"),
    (lambda: collapse(X, ODD, np.eye(2), np.ones((4, 3))), "`scores`"),
    (lambda: collapse(X, 0 * ODD, np.eye(2), Z), "class 1 has no sample"),
    (lambda: collapse(X, 2 * ODD, np.eye(2), Z), "from 0 to 1"),
)
