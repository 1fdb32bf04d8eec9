import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import multivariate_normal

from keras_pod.analysis.gaussian import SHRINKAGES, GaussianClassifier, choose_shrinkage
from tests.refusals import refused


def three_classes(seed=0, counts=(30, 20, 10), dim=4):
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(range(3), counts))
    mixing = rng.standard_normal((3, dim, dim))
    centers = 2 * rng.standard_normal((3, dim))
    noise = rng.standard_normal((len(y), dim))
    return centers[y] + np.einsum("ni,nij->nj", noise, mixing[y]), y


def oracle(x, y, new, rho, priors):
    """The scores straight from their definition."""
    n, k = x.shape[1], y.max() + 1
    columns = []
    for j in range(k):
        own = x[y == j]
        spread = (own - own.mean(axis=0)).T @ (own - own.mean(axis=0)) / len(own)
        spread = (1 - rho) * spread + rho * np.trace(spread) / n * np.eye(n)
        spread += 1e-6 * np.mean(np.var(x, axis=0)) * np.eye(n)
        log_density = multivariate_normal.logpdf(new, own.mean(axis=0), spread)
        prior = len(own) / len(y) if priors == "data" else 1 / k
        columns.append(np.log(prior) + log_density + n / 2 * np.log(2 * np.pi))
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("priors", ["data", "equal"])
@pytest.mark.parametrize("rho", [0.0, 0.3, 1.0])
def test_scores_are_log_densities(priors, rho):
    x, y = three_classes()
    new = three_classes(seed=1)[0]
    model = GaussianClassifier(rho, priors).fit(x, y)
    expected = oracle(x, y, new, rho, priors)
    assert_allclose(model.scores(new), expected, rtol=1e-9)
    assert_array_equal(model.predict(new), expected.argmax(axis=1))


def test_covariances_that_are_singular():
    # More features than samples, and a class of equal features.
    for x, y in (three_classes(counts=(6, 5, 2), dim=40), three_classes()):
        x[y == 1] = x[y == 1][0]
        for rho in (0.0, 0.1):
            model = GaussianClassifier(rho).fit(x, y)
            assert np.all(np.isfinite(model.scores(x)))
            assert_array_equal(model.predict(x)[y == 1], 1)


def test_choose_shrinkage_takes_the_most_accurate_then_the_largest():
    x, y = three_classes(counts=(60, 60, 60))
    best, tried = choose_shrinkage(x, y)
    assert tuple(tried) == SHRINKAGES
    assert best == max(r for r in tried if tried[r] == max(tried.values()))
    assert choose_shrinkage(x, y) == (best, tried)
    far, every = x + 100 * y[:, None], {0.3: 1.0, 0.9: 1.0, 0.1: 1.0}
    assert choose_shrinkage(far, y, grid=(0.3, 0.9, 0.1)) == (0.9, every)
    # Of three of each class one is held out.
    _, tried = choose_shrinkage(*three_classes(counts=(3, 3, 3)))
    assert all(a in (0, 1 / 3, 2 / 3, 1) for a in tried.values())


X, Y = three_classes()
fit = GaussianClassifier().fit
test_bad_input = refused(
    (lambda: GaussianClassifier(-0.1), "`shrinkage`.*-0.1"),
    (lambda: GaussianClassifier(priors="flat"), "`priors`.*'flat'"),
    (lambda: fit(np.ones_like(X), Y), "same in all rows"),
    (lambda: fit(X, Y[:-1]), r"`labels` must be 60.*\(59,\)"),
    (lambda: fit(X, np.where(Y == 2, 3, Y)), "class 2 is 0 of the 60 `labels`"),
    (lambda: fit(X, 0 * Y), "one class"),
    (lambda: GaussianClassifier().predict(X), "before `fit`"),
    (lambda: fit(X, Y).scores(X[:, :3]), r"\(N, 4\).*\(60, 3\)"),
    (lambda: choose_shrinkage(X, Y, grid=()), "`grid` is empty"),
    (lambda: choose_shrinkage(*three_classes(counts=(3, 2, 3))), "is 2 of .*least 3"),
    error=ValueError,
)
