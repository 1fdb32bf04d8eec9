import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import multivariate_normal
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from keras_pod.analysis import SHRINKAGES, GaussianClassifier, choose_shrinkage


def three_classes(seed=0, counts=(30, 20, 10), dim=4):
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(range(3), counts))
    mixing = rng.standard_normal((3, dim, dim))
    centers = 2 * rng.standard_normal((3, dim))
    noise = rng.standard_normal((len(y), dim))
    return centers[y] + np.einsum("ni,nij->nj", noise, mixing[y]), y


def oracle(x, y, new, rho, eps, covariance, priors):
    """The scores straight from their definition."""
    n, k = x.shape[1], y.max() + 1
    counts = np.bincount(y)
    gaps = [x[y == j] - x[y == j].mean(axis=0) for j in range(k)]
    if covariance == "shared":
        within = sum(g.T @ g for g in gaps) / len(x)
        spreads = [within] * k
    else:
        spreads = [g.T @ g / len(g) for g in gaps]
    columns = []
    for j, spread in enumerate(spreads):
        spread = (1 - rho) * spread + rho * np.trace(spread) / n * np.eye(n)
        spread += eps * np.mean(np.var(x, axis=0)) * np.eye(n)
        log_density = multivariate_normal.logpdf(new, x[y == j].mean(axis=0), spread)
        prior = counts[j] / len(y) if priors == "data" else 1 / k
        columns.append(np.log(prior) + log_density + n / 2 * np.log(2 * np.pi))
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("priors", ["data", "equal"])
@pytest.mark.parametrize("covariance", ["class", "shared"])
@pytest.mark.parametrize("rho, eps", [(0.0, 1e-6), (0.3, 1e-6), (1.0, 0.1)])
def test_scores_are_log_densities(covariance, priors, rho, eps):
    x, y = three_classes()
    new = three_classes(seed=1)[0]
    model = GaussianClassifier(rho, covariance, eps, priors).fit(x, y)
    expected = oracle(x, y, new, rho, eps, covariance, priors)
    assert_allclose(model.scores(new), expected, rtol=1e-9)
    assert_array_equal(model.predict(new), expected.argmax(axis=1))


def test_shared_is_linear_discriminant_analysis():
    x, y = three_classes()
    ours = GaussianClassifier(0.3, "shared", eps=1e-12).fit(x, y).scores(x)
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.3).fit(x, y)
    # A linear form leaves out what all classes have in common.
    difference = ours - theirs.decision_function(x)
    assert np.ptp(ours - ours.mean(axis=1, keepdims=True)) > 1
    assert_allclose(np.ptp(difference, axis=1), 0, atol=1e-8)


def test_all_shrunk_and_shared_is_the_nearest_mean():
    x, y = three_classes()
    model = GaussianClassifier(1.0, "shared", priors="equal").fit(x, y)
    distances = np.linalg.norm(x[:, None] - model.means, axis=2)
    assert_array_equal(model.predict(x), distances.argmin(axis=1))


def test_only_a_covariance_per_class_tells_classes_with_one_mean():
    rng = np.random.default_rng(0)
    y = np.arange(4000) % 2
    x = rng.standard_normal((4000, 2)) * np.array([[1, 5], [5, 1]])[y]
    accuracy = {
        form: np.mean(GaussianClassifier(0.01, form).fit(x, y).predict(x) == y)
        for form in ("class", "shared")
    }
    # The boundary is |x_1| = |x_2|, and their ratio is 5 times a Cauchy variable.
    assert accuracy["class"] == pytest.approx(2 / np.pi * np.arctan(5), abs=0.02)
    assert accuracy["shared"] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("rho", [0.0, 0.1])
@pytest.mark.parametrize("covariance", ["class", "shared"])
def test_more_features_than_samples(covariance, rho):
    x, y = three_classes(counts=(6, 5, 2), dim=40)
    model = GaussianClassifier(rho, covariance).fit(x, y)
    assert np.all(np.isfinite(model.scores(x)))
    assert_array_equal(model.predict(x), y)


def test_a_class_of_equal_features():
    x, y = three_classes()
    x[y == 1] = x[y == 1][0]
    model = GaussianClassifier(0.1).fit(x, y)
    assert np.all(np.isfinite(model.scores(x)))
    assert_array_equal(model.predict(x)[y == 1], 1)


@pytest.mark.parametrize("covariance", ["class", "shared"])
def test_rotation_shift_unit_and_order_do_not_matter(covariance):
    x, y = three_classes()
    scores = GaussianClassifier(0.3, covariance).fit(x, y).scores(x)

    def again(x, y):
        return GaussianClassifier(0.3, covariance).fit(x, y).scores(x)

    rng = np.random.default_rng(0)
    rotation = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    assert_allclose(again(x @ rotation + 100, y), scores, rtol=1e-8)
    assert_allclose(again(1e-4 * x, y) + 4 * np.log(1e-4), scores, rtol=1e-8)
    order = rng.permutation(len(y))
    assert_allclose(again(x[order], y[order]), scores[order], rtol=1e-8)
    names = np.array([2, 0, 1])
    assert_allclose(again(x, names[y])[:, names], scores, rtol=1e-8)


def test_unit_features_forget_their_norms():
    x, y = three_classes()
    stretched = x * np.linspace(0.1, 10, len(x))[:, None]
    by_unit = GaussianClassifier(unit=True).fit(x, y).scores(x)
    again = GaussianClassifier(unit=True).fit(stretched, y).scores(stretched)
    assert_allclose(again, by_unit, rtol=1e-8)
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    assert_allclose(GaussianClassifier().fit(x / norms, y).scores(x / norms), by_unit)
    assert np.all(np.isfinite(GaussianClassifier(unit=True).fit(x, y).scores(0 * x)))


def test_float32_features_are_computed_in_float64():
    x, y = three_classes()
    x = x.astype("float32")
    wide = GaussianClassifier().fit(x.astype("float64"), y).scores(x)
    assert_array_equal(GaussianClassifier().fit(x, y).scores(x), wide)


def test_choose_shrinkage_takes_the_most_accurate_then_the_largest():
    x, y = three_classes(counts=(60, 60, 60))
    best, tried = choose_shrinkage(x, y)
    assert tuple(tried) == SHRINKAGES
    assert best == max(r for r in tried if tried[r] == max(tried.values()))
    assert choose_shrinkage(x, y) == (best, tried)
    assert choose_shrinkage(x, y, seed=1)[1] != tried
    far = x + 100 * y[:, None]
    assert choose_shrinkage(far, y, grid=(0.3, 0.9, 0.1)) == (
        0.9,
        {0.3: 1.0, 0.9: 1.0, 0.1: 1.0},
    )
    # The covariances differ, so the choice is made with the form that is asked for.
    assert choose_shrinkage(x, y, covariance="shared")[1] != tried


def test_choose_shrinkage_needs_three_of_each_class_and_holds_out_of_each():
    x, y = three_classes(counts=(3, 3, 3))
    _, tried = choose_shrinkage(x, y)
    # One of each class is held out.
    assert all(a in (0, 1 / 3, 2 / 3, 1) for a in tried.values())
    x, y = three_classes(counts=(3, 2, 3))
    with pytest.raises(ValueError, match="class 1 is 2 of the 8 `labels`.*at least 3"):
        choose_shrinkage(x, y)


def test_bad_arguments():
    cases = [
        ({"shrinkage": -0.1}, "`shrinkage`.*-0.1"),
        ({"shrinkage": 1.5}, "`shrinkage`.*1.5"),
        ({"shrinkage": float("nan")}, "`shrinkage`.*nan"),
        ({"covariance": "full"}, "`covariance`.*'class', 'shared'.*'full'"),
        ({"priors": "flat"}, "`priors`.*'flat'"),
        ({"eps": 0.0}, "`eps`.*0.0"),
    ]
    for arguments, message in cases:
        with pytest.raises(ValueError, match=message):
            GaussianClassifier(**arguments)


def test_bad_features_and_labels():
    x, y = three_classes()
    broken = x.copy()
    broken[7, 1] = np.nan
    cases = [
        (broken, y, None, "`features` must be finite, got nan in row 7"),
        (x[:, 0], y, None, r"`features`.*\(N, n\).*\(60,\)"),
        (x[:0], y[:0], None, "`features`"),
        (np.ones_like(x), y, None, "same in all rows"),
        (x, y[:-1], None, r"`labels` must be 60.*\(59,\)"),
        (x, np.eye(3)[y], None, r"`labels`.*\(60, 3\).*argmax"),
        (x, y.astype(str), None, "`labels`"),
        (x, y, 2, "`labels`.*from 0 to 1, got 2"),
        (x, y - 1, None, "`labels`.*>= 0, got -1"),
        (x, y + 0.5, None, "`labels`"),
        (x, y, 4, "class 3 is 0 of the 60 `labels`.*at least 2"),
        (x, np.minimum(y, 0), None, "`num_classes`"),
    ]
    for features, labels, num_classes, message in cases:
        with pytest.raises(ValueError, match=message):
            GaussianClassifier().fit(features, labels, num_classes)
    alone = np.append(y[y < 2], 2)
    with pytest.raises(ValueError, match="class 2 is 1 of"):
        GaussianClassifier().fit(x[: len(alone)], alone)


def test_bad_use():
    x, y = three_classes()
    with pytest.raises(ValueError, match="before `fit`"):
        GaussianClassifier().predict(x)
    with pytest.raises(ValueError, match=r"\(N, 4\).*\(60, 3\)"):
        GaussianClassifier().fit(x, y).scores(x[:, :3])
    with pytest.raises(ValueError, match="`grid` is empty"):
        choose_shrinkage(x, y, grid=())
    with pytest.raises(ValueError, match="`shrinkage`.*2"):
        choose_shrinkage(x, y, grid=(0.1, 2))
