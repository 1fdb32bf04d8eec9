import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score, roc_curve

from keras_pod.evaluation import verification, verify, verify_gallery
from tests.refusals import refused


def pairs(count, seed, digits=None):
    rng = np.random.default_rng(seed)
    same = rng.uniform(size=count) < 0.3
    s = rng.normal(size=count) + 1.2 * same
    return (s if digits is None else s.round(digits)), same


@pytest.mark.parametrize("digits", [None, 1])
def test_every_point_is_on_the_curve_of_scikit_learn(digits):
    s, same = pairs(700, 0, digits)
    found = verify(s, same, rates=(0.5, 0.1, 0.01))
    false, true, _ = roc_curve(same, s, drop_intermediate=False)
    assert found.auc == pytest.approx(roc_auc_score(same, s), abs=1e-12)
    for point in found.operating:
        assert point.tar == pytest.approx(true[false <= point.far].max(), abs=1e-12)
        assert (s[~same] >= point.threshold).mean() <= point.far
        assert (s[same] >= point.threshold).mean() == pytest.approx(point.tar)
        expected = binomtest(round(point.tar * same.sum()), int(same.sum()))
        low, high = expected.proportion_ci(0.95, "wilson")
        assert (point.low, point.high) == pytest.approx((low, high))
    gap = np.abs(false - (1 - true))
    best = gap == gap.min()
    halves = (false + 1 - true)[best] / 2
    assert np.abs(halves - found.eer).min() < 1e-12
    at = found.eer_threshold
    assert at in s
    errors = (s[same] < at).mean(), (s[~same] >= at).mean()
    assert np.mean(errors) == pytest.approx(found.eer, abs=1e-12)


def test_too_few_pairs_for_a_rate_are_told():
    s, same = pairs(300, 0)
    coarse, fine = verify(s, same, rates=(0.1, 1e-6)).operating
    assert coarse.resolved and not fine.resolved
    assert fine.threshold > s[~same].max()
    # All pairs tied.
    found = verify([1] * 4, [True, True, False, False], rates=(0.1, 1.0))
    assert found.auc == 0.5 and found.eer == 0.5
    assert [point.tar for point in found.operating] == [0, 1]


def test_whole_numbers_of_pairs_are_not_lost_to_rounding():
    # 0.07 * 100 is 7.000000000000001, 0.29 * 100 is 28.999999999999996.
    s = np.concatenate([np.arange(100) / 100, [2.0]])
    same = np.arange(101) == 100
    for far in (0.07, 0.29):
        threshold = verify(s, same, rates=(far,)).operating[0].threshold
        assert round(100 * (s[:100] >= threshold).mean()) == round(100 * far)
    # The threshold is the next number of the similarities' own precision.
    s = np.array([0.9, 0.3, 0.1], "float32")
    found = verify(s, s > 0.5, rates=(0.1,)).operating[0].threshold
    assert found == np.float32(found) > np.float32(0.3)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("block", [7, 1000])
def test_a_gallery_is_all_pairs_and_one_set_every_two(dtype, block, monkeypatch):
    monkeypatch.setattr(verification, "_BLOCK", block)
    rng = np.random.default_rng(1)
    a, b = (rng.normal(size=(count, 5)).astype(dtype) for count in (37, 23))
    y, z = rng.integers(0, 4, 37), rng.integers(0, 4, 23)
    unit_a, unit_b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    upper = np.triu_indices(37, k=1)
    for gallery, cosines, same in (
        ((b, z), (unit_a @ unit_b.T).ravel(), (y[:, None] == z).ravel()),
        ((), (unit_a @ unit_a.T)[upper], y[upper[0]] == y[upper[1]]),
    ):
        expected = verify(cosines, same)
        found = verify_gallery(a, y, *gallery)
        assert (found.same, found.different) == (expected.same, expected.different)
        assert found.auc == pytest.approx(expected.auc, abs=1e-9)
        assert found.eer == pytest.approx(expected.eer, abs=1e-9)


def test_double_precision_is_kept():
    """Cosines that differ by less than float32 can hold."""
    angles = np.array([0.7, 0.7 + 1e-9, 0.7 + 2e-9])
    gallery = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    probe, labels = np.array([[1.0, 0.0]]), [0, 1, 1]
    found = verify_gallery(probe, [0], gallery, labels)
    assert found.auc == 1
    found = verify_gallery(probe, [0], gallery.astype("float32"), labels)
    assert found.auc == 0.5


test_bad_input = refused(
    (lambda: verify([1.0, 2.0], [True, True]), "no different pair"),
    (lambda: verify([1.0, 2.0], [False, False]), "no same pair"),
    (lambda: verify([np.nan, 2.0], [True, False]), "must be finite"),
    (lambda: verify([1.0], [1]), "one boolean"),
    (lambda: verify([1.0, 2.0], [True, False], rates=(0.0,)), "`rates`"),
    (lambda: verify_gallery([[1.0]], [0], [[1.0, 2.0]], [0]), "differ in size"),
    (lambda: verify_gallery([[1.0]], [0], [[1.0]]), "go together"),
)
