import numpy as np
import pytest
from sklearn.datasets import load_digits

from keras_pod.core.errors import InputError
from keras_pod.data import (
    Augmentation,
    RandomResizedCrop,
    class_balanced_batches,
    load,
)
from keras_pod.data.epochs import epoch_order


@pytest.fixture(scope="module")
def digits():
    return load("digits")


def test_digits(digits):
    assert digits.num_classes == 10 and digits.image_shape == (8, 8, 1)
    assert digits.augmentation == Augmentation(1, False)
    x = digits.arrays.x_train / 255
    assert digits.mean == pytest.approx([x.mean()])
    assert digits.std == pytest.approx([x.std()])
    assert int(digits.train.cardinality()) == 12
    x, y = next(digits.train.as_numpy_iterator())
    assert x.dtype == np.uint8 and y.dtype == np.int32 and x.shape == (128, 8, 8, 1)
    # Of the 17 grey levels none is lost.
    together = np.concatenate([digits.arrays.x_train, digits.arrays.x_test])
    levels = np.rint(together.reshape(-1, 64) * (16 / 255)).tolist()
    assert sorted(levels) == sorted(load_digits().data.tolist())
    # Another seed changes the order, but not what is for training.
    other = load("digits", seed=1)
    for one, two in zip(digits.arrays, other.arrays, strict=True):
        np.testing.assert_array_equal(one, two)
    assert (next(other.train.as_numpy_iterator())[1] != y).any()


def test_unseen_classes_are_left_out_of_all_else(digits):
    x_test, y_test = digits.arrays[2:]
    data = load("digits", unseen_classes=3, validation_split=0.25, limit=200)
    assert data.class_names == list("0123456")
    parted = load("digits-7", validation_split=0.25, limit=200)
    for one, two in zip(data.arrays, parted.arrays, strict=True):
        np.testing.assert_array_equal(one, two)
    parts = zip(*data.unseen.as_numpy_iterator(), strict=True)
    found, labels = map(np.concatenate, parts)
    np.testing.assert_array_equal(found, x_test[y_test >= 7])
    np.testing.assert_array_equal(labels, y_test[y_test >= 7])
    assert digits.unseen is None
    with pytest.raises(InputError, match="unseen_classes=9 leaves 1 of the 10 classes"):
        load("digits", unseen_classes=9)


def test_class_balanced_batches(digits):
    data = load("digits", class_balanced=4, batch_size=32, seed=2)
    for epoch in (0, 1):
        data.set_epoch(epoch)
        rows = class_balanced_batches(digits.arrays.y_train, 4, 8, (2, epoch))
        labels = [y for _, y in data.train]
        assert len(labels) == len(data.train)
        np.testing.assert_array_equal(labels, digits.arrays.y_train[rows])
    # Images are varied as in any other batch: by image, seed and epoch.
    plain = load("digits", batch_size=1437, seed=2)
    plain.set_epoch(1)
    x, _ = next(plain.train.as_numpy_iterator())
    first, _ = next(data.train.as_numpy_iterator())
    place = np.argsort(epoch_order(2, 1, 1437).numpy())
    np.testing.assert_array_equal(first, x[place[rows[0]]])
    with pytest.raises(InputError, match="classes=4 is more than the 3 classes"):
        load("digits-3", class_balanced=4)


def test_a_split_then_a_long_tail_then_a_limit(digits):
    parted = load("digits", validation_split=0.25)
    # The test images are not used.
    together = np.concatenate([parted.arrays.x_train, parted.arrays.x_test])
    assert sorted(map(bytes, together)) == sorted(map(bytes, digits.arrays.x_train))
    share = np.bincount(parted.arrays.y_test) / np.bincount(digits.arrays.y_train)
    np.testing.assert_allclose(share, 0.25, atol=0.01)
    tail = load("digits", imbalance=20, validation_split=0.25, seed=5)
    np.testing.assert_array_equal(tail.arrays.x_test, parted.arrays.x_test)
    counts = np.bincount(tail.arrays.y_train)
    assert tail.class_counts == counts.tolist()
    assert 18 <= counts[0] / counts[9] <= 22 and np.all(np.diff(counts) < 0)
    known = set(map(bytes, parted.arrays.x_train))
    assert set(map(bytes, tail.arrays.x_train)) <= known
    few = load("digits", imbalance=20, validation_split=0.25, limit=100)
    # The shares are kept, and each class has one beforehand.
    expected = 1 + 90 * (counts - 1) / (counts - 1).sum()
    np.testing.assert_allclose(few.class_counts, expected, atol=1)
    assert few.num_train == 100 and few.num_test == parted.num_test
    assert few.mean == pytest.approx([few.arrays.x_train.mean() / 255])
    assert load("digits", limit=10**6).num_train == 1437


def test_first_classes(digits):
    five, (x, y, _, y_test) = load("digits-5"), digits.arrays
    assert five.name == "digits-5" and five.class_names == list("01234")
    np.testing.assert_array_equal(five.arrays.x_train, x[y < 5])
    np.testing.assert_array_equal(five.arrays.y_test, y_test[y_test < 5])
    assert five.augmentation == Augmentation(1, False)
    for bad in ("digits-1", "digits-11"):
        with pytest.raises(InputError, match=f"'{bad}' asks for .* from 2 to 10"):
            load(bad)


def test_options_reach_the_set():
    data = load("digits", image_size=(12, 6), drop_last=True, augment="none")
    assert data.image_shape == (12, 6, 1) and data.arrays.x_train.shape[1:3] == (8, 8)
    assert [len(y) for _, y in data.train] == [128] * 11
    assert data.augmentation is load("digits", augment=None).augmentation is None


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("batch_size", [0, 1.5, True], "batch_size"),
        ("seed", [-1, "a"], "seed"),
        ("limit", [0], "limit"),
        ("class_balanced", [0, 5], "class_balanced"),
        ("imbalance", [0.5, float("nan"), 1e6], "imbalance"),
        ("validation_split", [1.0, -0.1, float("nan"), "half"], "validation_split"),
        ("augment", ["strong", 3], "augment"),
        ("augment", [Augmentation(pad=8)], "pad=8"),
        ("augment", [RandomResizedCrop()], "Augmentation for 'digits', which fits in"),
        ("image_size", [8, (8,), (8, 0), (8, 4.5)], "image_size must be"),
    ],
)
def test_bad_arguments(name, values, message):
    for value in values:
        with pytest.raises(InputError, match=message):
            load("digits", **{name: value})


def test_names_and_paths(tmp_path, monkeypatch, write_classes):
    for missing in ("./gone", "gone.npz", tmp_path / "gone"):
        with pytest.raises(InputError, match="gone.* does not exist"):
            load(missing)
    (tmp_path / "file.txt").touch()
    with pytest.raises(InputError, match="neither a folder nor a .npz"):
        load(tmp_path / "file.txt")
    with pytest.raises(InputError, match="name or a path"):
        load("")
    write_classes(tmp_path / "shapes", {"a": 2, "b": 2})
    monkeypatch.chdir(tmp_path / "shapes")
    assert load(".").name == "shapes"
