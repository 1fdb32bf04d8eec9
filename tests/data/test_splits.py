import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.data.splits import choose, hold_out, long_tailed

NAMES = ["a", "b", "c"]
LABELS = np.repeat([0, 1, 2], [60, 30, 10])[np.random.RandomState(1).permutation(100)]


def test_hold_out_keeps_the_shares():
    kept, held = hold_out(LABELS, 0.2, NAMES)
    assert np.bincount(LABELS[held]).tolist() == [12, 6, 2]
    np.testing.assert_array_equal(np.sort(np.r_[kept, held]), np.arange(100))
    np.testing.assert_array_equal(held, hold_out(LABELS, 0.2, NAMES)[1])

    for share in (0.001, 0.999):
        for side in hold_out(LABELS, share, [*NAMES, "unused"]):
            assert set(LABELS[side]) == {0, 1, 2}
    with pytest.raises(InputError, match="class 'c' has 1 image"):
        hold_out(np.array([0, 0, 1, 1, 2]), 0.2, NAMES)


def test_choose():
    # Some published sets name classes that have no image.
    assert set(LABELS[choose(LABELS, 3, [*NAMES, "unused"])]) == {0, 1, 2}
    for count in (3, 4, 7, 50, 51, 99):
        chosen = choose(LABELS, count, NAMES)
        assert len(set(chosen.tolist())) == count
        counts = np.bincount(LABELS[chosen], minlength=3)
        assert (counts >= 1).all()
        assert (abs(counts - count * np.array([0.6, 0.3, 0.1])) < 2).all()
        np.testing.assert_array_equal(chosen, choose(LABELS, count, NAMES))
    with pytest.raises(InputError, match="limit=2 .* 3 classes"):
        choose(LABELS, 2, NAMES)


@pytest.mark.parametrize(
    ("classes", "size", "ratio", "total", "last"),
    # The numbers of CIFAR-10-LT and CIFAR-100-LT as other papers have them.
    [(10, 5000, 100, 12_406, 50), (100, 500, 50, 12_608, 10)],
)
def test_long_tails_of_cifar(classes, size, ratio, total, last):
    labels = np.random.RandomState(0).permutation(np.arange(classes * size) % classes)
    chosen = long_tailed(labels, ratio)
    counts = np.bincount(labels[chosen])
    assert (len(chosen), counts[0], counts[-1]) == (total, size, last)
    assert (np.diff(counts) <= 0).all() and (np.diff(chosen) > 0).all()


def test_the_ratio_is_exact():
    for sizes, ratio, counts in (
        ([60, 30, 10], 6, [60, 24, 10]),
        ([60, 30, 10], 1, [10, 10, 10]),
        # Products that come out a hair below the whole number that they are.
        ([98, 98], 49, [98, 2]),
        ([49, 49, 49], 49, [49, 7, 1]),
    ):
        labels = np.repeat(np.arange(len(sizes)), sizes)
        assert np.bincount(labels[long_tailed(labels, ratio)]).tolist() == counts


def test_tails_that_are_too_long():
    with pytest.raises(InputError, match="imbalance of 61 leaves no image"):
        long_tailed(LABELS, 61)
    for labels in (LABELS * 0, LABELS * 2):
        with pytest.raises(InputError, match="at least 2 classes, each with an image"):
            long_tailed(labels, 2)
