import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from keras_pod.analysis import accuracy_by_norm, norm_statistics
from tests.refusals import refused


@pytest.fixture
def sample():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 7)) * rng.uniform(0.2, 3, size=(500, 1))
    # Long features are right more often.
    right = rng.uniform(size=500) < np.linalg.norm(x, axis=1) / 8
    return x, right


def test_against_other_libraries(sample):
    x, right = sample
    found = accuracy_by_norm(x, right)
    r = np.sqrt((x**2).sum(1))
    assert found.low == right[r < r.mean()].mean()
    assert found.high == right[r >= r.mean()].mean()
    assert found.low_count + found.high_count == 500
    assert found.high > found.low
    assert found.auc == pytest.approx(roc_auc_score(right, r), abs=1e-12)
    assert found.spearman == pytest.approx(spearmanr(r, right).statistic, abs=1e-12)


def test_ties_and_other_thresholds(sample):
    x, right = sample
    rounded = np.round(np.linalg.norm(x, axis=1, keepdims=True), 0) + 1
    found = accuracy_by_norm(rounded, right, "median")
    assert found.threshold == np.median(rounded)
    assert found.low_count == (rounded < found.threshold).sum()
    pairs = rounded[right] - rounded[~right].T
    assert found.auc == pytest.approx(np.mean((np.sign(pairs) + 1) / 2), abs=1e-12)
    assert accuracy_by_norm(x, right, 0.0).low_count == 0
    assert np.isnan(accuracy_by_norm(x, right, 0.0).low)


def test_all_right_has_no_rank_statistics(sample):
    found = accuracy_by_norm(sample[0], np.ones(500, bool))
    assert np.isnan(found.auc) and np.isnan(found.spearman) and found.high == 1


def test_norm_statistics(sample):
    x, _ = sample
    r = np.sort(np.linalg.norm(x, axis=1))
    found = norm_statistics(3 * x)
    assert found.mean == pytest.approx(3 * r.mean())
    assert found.variation == pytest.approx(r.std() / r.mean())
    expected = 3 * r.reshape(4, 125).mean(axis=1)
    np.testing.assert_allclose(found.quartiles, expected)


test_bad_input = refused(
    (lambda: accuracy_by_norm([[1.0]], [1]), "`correct` must be 1 booleans"),
    (lambda: accuracy_by_norm([[np.nan]], [True]), "`features` must be finite"),
    (lambda: accuracy_by_norm([1.0], [True]), "`features` must be of shape"),
    (lambda: accuracy_by_norm([[1.0]], [True], "middle"), "`threshold`"),
    (lambda: accuracy_by_norm([[1.0]], [True], -1.0), "`threshold`"),
)
