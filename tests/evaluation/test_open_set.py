import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from keras_pod.evaluation import fit_threshold, known_scores, open_set
from tests.refusals import refused

RNG = np.random.default_rng(0)


def test_against_scikit_learn():
    a, b = RNG.normal(1, 1, 200).round(2), RNG.normal(0, 1, 150).round(2)
    truth = np.repeat([1, 0], [200, 150])
    every = np.concatenate([a, b])
    found = open_set(a, b)
    assert found.auroc == pytest.approx(roc_auc_score(truth, every), abs=1e-9)
    assert found.aupr == pytest.approx(average_precision_score(truth, every), abs=1e-9)
    false, true, _ = roc_curve(truth, every, drop_intermediate=False)
    assert found.fpr95 == pytest.approx(false[true >= 0.95].min(), abs=1e-9)


@pytest.mark.parametrize("keep", [0.05, 0.5, 0.95, 1.0])
def test_threshold_keeps_the_share_and_no_more_than_it_must(keep):
    scores = RNG.permutation(20) / 20
    threshold = fit_threshold(scores, keep)
    assert (scores >= threshold).mean() == pytest.approx(keep)


def test_scores_of_features():
    x, z = RNG.normal(size=(40, 3)), RNG.normal(size=(40, 5))
    p = RNG.normal(size=(5, 3))
    found = known_scores(x, z, p)
    cosines = [max(v @ q / np.linalg.norm(v) / np.linalg.norm(q) for q in p) for v in x]
    np.testing.assert_allclose(found["cosine"], cosines)
    np.testing.assert_allclose(found["product"], cosines * np.linalg.norm(x, axis=1))
    np.testing.assert_allclose(found["energy"], np.log(np.exp(z).sum(axis=1)))
    probability = np.exp(z).max(axis=1) / np.exp(z).sum(axis=1)
    np.testing.assert_allclose(found["probability"], probability)
    without = known_scores(x, z)
    assert found.keys() - without.keys() == {"cosine", "product"}
    for name, values in without.items():
        np.testing.assert_array_equal(values, found[name])


test_bad_input = refused(
    (lambda: open_set([], [1.0]), "`known`"),
    (lambda: open_set([1.0], [np.nan]), "`unknown`"),
    (lambda: fit_threshold([1.0], 0.0), "`keep`"),
    (lambda: known_scores([[np.nan]], [[1.0]], [[1.0]]), "`features`"),
    (lambda: known_scores([[1.0]], [[1.0, 2.0]], [[1.0]]), "must be"),
)
