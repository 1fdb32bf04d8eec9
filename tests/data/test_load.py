import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data import Augmentation, RandomResizedCrop, load
from keras_pod.data.readers.idx import DEBIAN_FASHION_MNIST


def test_digits():
    data = load("digits")
    assert data.num_classes == 10 and data.image_shape == (8, 8, 1)
    assert data.augmentation == Augmentation(1, False)
    assert int(data.train.cardinality()) == 12
    x, y = next(data.train.as_numpy_iterator())
    assert x.dtype == np.uint8 and y.dtype == np.int32 and x.shape == (128, 8, 8, 1)


def test_seed_changes_the_order_but_not_the_parts():
    a, b = load("digits", seed=0), load("digits", seed=1)
    for one, other in zip(a.arrays, b.arrays, strict=True):
        np.testing.assert_array_equal(one, other)
    first, second = (next(d.train.as_numpy_iterator())[1] for d in (a, b))
    assert (first != second).any()


def test_validation_split_leaves_the_test_images_alone():
    whole = load("digits").arrays
    parted = load("digits", validation_split=0.25)
    assert parted.num_test == pytest.approx(1437 / 4, abs=5)
    assert parted.num_train + parted.num_test == 1437
    together = np.concatenate([parted.arrays.x_train, parted.arrays.x_test])
    assert sorted(map(bytes, together)) == sorted(map(bytes, whole.x_train))
    share = np.bincount(parted.arrays.y_test) / np.bincount(whole.y_train)
    np.testing.assert_allclose(share, 0.25, atol=0.01)


def test_limit():
    whole, data = load("digits"), load("digits", limit=100, seed=5)
    assert data.num_train == 100 and data.num_test == 360
    counts = np.bincount(data.arrays.y_train)
    assert counts.min() >= 9 and counts.max() <= 11
    known = set(map(bytes, whole.arrays.x_train))
    assert set(map(bytes, data.arrays.x_train)) <= known
    other = load("digits", limit=100, seed=6)
    np.testing.assert_array_equal(data.arrays.x_train, other.arrays.x_train)
    assert load("digits", limit=10**6).num_train == 1437


def test_limit_comes_after_validation_split():
    data = load("digits", limit=100, validation_split=0.5)
    assert data.num_train == 100 and data.num_test == pytest.approx(718, abs=5)


def test_constants_are_those_of_the_training_images():
    data = load("digits", limit=50)
    x = data.arrays.x_train / 255
    assert data.mean == pytest.approx([x.mean()])
    assert data.std == pytest.approx([x.std()])


def test_published_constants(monkeypatch):
    arrays = load("digits").arrays
    parts = [np.repeat(a, 3, -1) if a.ndim == 4 else a for a in arrays]
    names = [str(d) for d in range(10)]
    module = sys.modules["keras_pod.data.load"]
    monkeypatch.setattr(module, "_read_name", lambda *_: (type(arrays)(*parts), names))
    data = load("cifar10:3.0.2")
    assert (data.mean, data.std) == ([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010])
    # The code of POD has none of their own for the last two.
    for name in ("cifar100", "cifar100-20", "tiny_imagenet", "facescrub-100"):
        assert load(name).mean == [0.507, 0.487, 0.441]
        assert load(name).std == [0.267, 0.256, 0.276]


def test_first_classes():
    whole, five = load("digits").arrays, load("digits-5")
    assert (five.name, five.num_classes) == ("digits-5", 5)
    assert five.class_names == list("01234")
    np.testing.assert_array_equal(five.arrays.x_train, whole.x_train[whole.y_train < 5])
    np.testing.assert_array_equal(five.arrays.y_test, whole.y_test[whole.y_test < 5])
    assert five.augmentation == Augmentation(1, False)
    for bad in ("digits-1", "digits-11"):
        with pytest.raises(InputError, match=f"'{bad}' asks for .* from 2 to 10"):
            load(bad)


def test_image_size():
    data = load("digits", image_size=(12, 6), augment=None, batch_size=2000)
    assert data.image_shape == (12, 6, 1) and data.arrays.x_train.shape[1:3] == (8, 8)
    for part in (data.train, data.test, data.train_in_order):
        assert part.element_spec[0].shape[1:] == (12, 6, 1)
    x, _ = next(data.test.as_numpy_iterator())
    expected = tf.image.resize(data.arrays.x_test, (12, 6), antialias=True)
    assert x.dtype == np.uint8
    np.testing.assert_array_equal(x, np.rint(expected).clip(0, 255))
    assert load("digits", image_size=(8, 8)).image_shape == (8, 8, 1)


def test_drop_last():
    data = load("digits", drop_last=True)
    sizes = [len(y) for _, y in data.train]
    assert sizes == [128] * 11 and len(data.train) == 11
    assert sum(len(y) for _, y in data.test) == 360
    with pytest.raises(InputError, match="drop_last leaves nothing: the 1437 .* 1438"):
        load("digits", drop_last=True, batch_size=1438)


@pytest.mark.skipif(
    not DEBIAN_FASHION_MNIST.is_dir(), reason="dataset-fashion-mnist not installed"
)
def test_fashion_mnist_of_debian():
    data = load("fashion_mnist", limit=1000)
    assert data.num_test == 10_000 and data.image_shape == (28, 28, 1)
    assert np.bincount(data.arrays.y_test).tolist() == [1000] * 10
    assert data.class_names[0] == "T-shirt/top"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": 1.5}, "batch_size"),
        ({"batch_size": True}, "batch_size"),
        ({"seed": -1}, "seed"),
        ({"seed": "a"}, "seed"),
        ({"limit": 0}, "limit"),
        ({"limit": 5}, "limit=5 .* 10 classes"),
        ({"validation_split": 1.0}, "validation_split"),
        ({"validation_split": -0.1}, "validation_split"),
        ({"validation_split": float("nan")}, "validation_split"),
        ({"validation_split": "half"}, "validation_split"),
        ({"augment": "strong"}, "augment"),
        ({"augment": 3}, "augment"),
        ({"augment": Augmentation(pad=8)}, "pad=8"),
        ({"augment": RandomResizedCrop()}, "fits in memory"),
        ({"test_short_side": 9}, "test_short_side is for sets that are streamed"),
        ({"test_short_side": 0}, "test_short_side"),
        ({"drop_last": 1}, "drop_last"),
        ({"image_size": 8}, "image_size must be"),
        ({"image_size": (8, 0)}, "image width"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(InputError, match=message):
        load("digits", **arguments)


@pytest.mark.parametrize("augment", [None, "none"])
def test_no_augmentation(augment):
    data = load("digits", augment=augment, batch_size=2000)
    x, _ = next(data.train.as_numpy_iterator())
    assert sorted(map(bytes, x)) == sorted(map(bytes, data.arrays.x_train))


def test_names_and_paths(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="unknown data set 'digit'.*'digits'.*path"):
        load("digit")
    for missing in ("./gone", "gone.npz", tmp_path / "gone"):
        with pytest.raises(InputError, match="gone.* does not exist"):
            load(missing)
    (tmp_path / "file.txt").touch()
    with pytest.raises(InputError, match="neither a folder nor a .npz"):
        load(tmp_path / "file.txt")
    for bad in ("", b"digits"):
        with pytest.raises(InputError, match="name or a path"):
            load(bad)


def test_a_known_name_wins_over_a_folder(tmp_path, monkeypatch, write_classes):
    write_classes(tmp_path / "digits", {"a": 2, "b": 2})
    write_classes(tmp_path / "digits-5", {"a": 2, "b": 2})
    write_classes(tmp_path / "shapes", {"a": 2, "b": 2})
    write_classes(tmp_path / "shapes-2", {"a": 2, "b": 2, "c": 2})
    monkeypatch.chdir(tmp_path)
    assert load("digits").num_classes == 10
    assert load("./digits").num_classes == 2
    assert load("digits-5").num_classes == 5
    assert load("shapes").name == "shapes"
    assert load("shapes-2").num_classes == 3
    (tmp_path / "shapes" / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "digits")
    assert load(".").name == "digits"


def test_import_is_light():
    code = (
        "import sys, keras_pod.data as d; "
        "heavy = {'tensorflow_datasets', 'sklearn.datasets'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
