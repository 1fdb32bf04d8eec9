import functools

import numpy as np
import pytest
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data import (
    Augmentation,
    RandomResizedCrop,
    StreamedImageData,
    load,
)
from keras_pod.data.streamed import image_data as module
from keras_pod.data.streamed.image_data import middle_view
from keras_pod.data.streamed.records import Records
from tests.data.bombs import many_scans, png_claiming
from tests.data.image_bytes import encode
from tests.data.tfds_sets import photo

COUNT = 30
CROP = RandomResizedCrop(pca_jitter=0.1)


def parse(record):
    label = tf.cast(tf.strings.to_number(tf.strings.substr(record, 0, 2)), tf.int32)
    return tf.strings.substr(record, 2, -1), label


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """30 photos in 5 files; the label is the number of the photo."""
    folder = tmp_path_factory.mktemp("records")
    files = [str(folder / str(i)) for i in range(5)]
    for i, file in enumerate(files):
        with tf.io.TFRecordWriter(file) as writer:
            for number in range(6 * i, 6 * i + 6):
                writer.write(b"%02d" % number + photo(8 * number, 20 + number, 30))
    take = np.full(5, 6, np.int64)
    return Records(files, take * 0, take, COUNT, None, parse)


def streamed(records, **options):
    options = {"batch_size": 8, "image_size": (9, 7), "test_short_side": 10} | options
    names = list(map(str, range(COUNT)))
    return StreamedImageData("photos", names, records, records, **options)


def epoch_of(data, epoch=0):
    data.set_epoch(epoch)
    return list(data.train.as_numpy_iterator())


@pytest.fixture(scope="module")
def plain(records):
    """The first two epochs of seed 0, without augmentation."""
    data = streamed(records)
    return epoch_of(data, 0), epoch_of(data, 1)


@pytest.fixture(scope="module")
def varied(records):
    """The first epoch of seed 0, augmented."""
    return epoch_of(streamed(records, augmentation=CROP))


def labels(found):
    return np.concatenate([y for _, y in found]).tolist()


def equal(one, other):
    for (x, y), (x2, y2) in zip(one, other, strict=True):
        np.testing.assert_array_equal(x, x2)
        np.testing.assert_array_equal(y, y2)


def test_every_image_once_in_another_order_each_epoch(records, plain):
    orders = [*map(labels, plain), labels(epoch_of(streamed(records, seed=1)))]
    for order in orders:
        assert sorted(order) == list(range(COUNT))
        # Images of different files are mixed.
        assert len({number // 6 for number in order[:8]}) >= 3
    assert orders[0] != orders[1] != orders[2] != orders[0]


def test_batches(records, varied):
    assert [x.shape for x, _ in varied] == [(8, 9, 7, 3)] * 3 + [(6, 9, 7, 3)]
    assert varied[0][0].dtype == np.uint8 and varied[0][1].dtype == np.int32
    data = streamed(records, drop_last=True)
    found = epoch_of(data)
    assert len(data.train) == 3 and len(labels(found)) == 24
    for x, y in found:
        # The photos are plain: their value tells the number.
        assert (abs(x[..., 0].astype(int) - 8 * y[:, None, None]) <= 2).all()


def test_seed_and_epoch_decide_everything(records, varied, monkeypatch):
    # Not TensorFlow's own seed, nor what was read before.
    tf.random.set_seed(99)
    data = streamed(records, augmentation=CROP)
    assert labels(epoch_of(data, 2)) != labels(varied)
    data.set_epoch(0)
    iterator = data.train.as_numpy_iterator()
    # An iteration that has begun keeps its epoch.
    first = next(iterator)
    data.set_epoch(1)
    equal([first, *iterator], varied)
    monkeypatch.setattr(module, "SHUFFLE_IMAGES", 10)
    equal(*(epoch_of(streamed(records)) for _ in range(2)))


def test_the_order_is_fixed_for_ever(records):
    # Saved runs that go on must find the order they began with.
    found = epoch_of(streamed(records, seed=2), 1)
    assert labels(found)[:6] == [18, 3, 28, 27, 14, 9]


def test_an_image_is_varied_alike_in_every_batch_size(records, varied):
    ((one, _),) = epoch_of(streamed(records, augmentation=CROP, batch_size=30))
    np.testing.assert_array_equal(one, np.concatenate([x for x, _ in varied]))


def test_parts_of_files_and_first_classes(records):
    skip, take = np.array([0, 4], np.int64), np.array([6, 1], np.int64)
    part = records._replace(files=records.files[1:3], skip=skip, take=take, count=7)
    assert sorted(labels(epoch_of(streamed(part)))) == [6, 7, 8, 9, 10, 11, 16]
    first = streamed(part._replace(num_classes=9, count=3))
    for data in (first.train, first.test):
        assert sorted(labels(data.as_numpy_iterator())) == [6, 7, 8]


def test_test_images_are_always_in_the_same_order(records, plain):
    data = streamed(records).test
    assert len(data) == 4
    one = list(data.as_numpy_iterator())
    equal(one, data.as_numpy_iterator())
    equal(one, streamed(records).train_in_order.as_numpy_iterator())
    assert sorted(labels(one)) == list(range(COUNT))
    # Without augmentation training images look like that as well.
    trained = {y: x for xs, ys in plain[0] for x, y in zip(xs, ys, strict=True)}
    for images, ys in one:
        for x, y in zip(images, ys, strict=True):
            np.testing.assert_array_equal(x, trained[y])


def test_fewer_images_than_promised(records):
    with pytest.raises(tf.errors.OpError, match="expected to contain 31"):
        epoch_of(streamed(records._replace(count=31)))


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_grey_files_become_rgb(kind):
    view = middle_view(encode(np.full((9, 9), 50, np.uint8), kind), (4, 4), 5)
    np.testing.assert_allclose(view, np.full((4, 4, 3), 50), atol=1)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (png_claiming(20_000, 20_000), "too many pixels"),
        (many_scans(1600, 2000), "not a whole one"),
    ],
    ids=["pixels", "scans"],
)
def test_bombs_in_a_streamed_set(file, message):
    files = tf.data.Dataset.from_tensors(file)
    views = files.map(lambda one: middle_view(one, (40, 30), 60))
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        next(iter(views))


@pytest.fixture
def photo_data(tfds_dir):
    """load(name, ...) of photos, in batches of 16 and 12x10."""
    return functools.partial(
        load, data_dir=tfds_dir, batch_size=16, image_size=(12, 10)
    )


def test_the_same_interface_as_in_memory(photo_data):
    data, digits = photo_data("pod_photos"), load("digits")
    assert isinstance(data, StreamedImageData)
    names = {name for name in vars(digits) | vars(type(digits)) if name[0] != "_"}
    for name in names - {"arrays"}:
        assert hasattr(data, name), name
    assert repr(data) == (
        "<StreamedImageData pod_photos: 4 classes, 12x10x3, "
        "48 training and 10 test images>"
    )
    assert data.class_names == list("0123")
    assert data.mean == [0.485, 0.456, 0.406] and data.std == [0.229, 0.224, 0.225]
    assert data.augmentation == RandomResizedCrop()
    with pytest.raises(InputError, match="no arrays of them: iterate over train"):
        data.arrays  # noqa: B018
    assert len(data.train) == 3 and len(data.test) == 1
    assert len(photo_data("pod_photos", batch_size=20, drop_last=True).train) == 2
    expected = tf.TensorSpec((None, 12, 10, 3), tf.uint8), tf.TensorSpec(None, tf.int32)
    for part in (data.train, data.test, data.train_in_order):
        for spec, other in zip(part.element_spec, expected, strict=True):
            assert spec.dtype == other.dtype and spec.is_compatible_with(other)


def test_sizes(photo_data):
    data = photo_data("pod_photos", image_size=None)
    assert data.image_shape == (224, 224, 3) and data.test_short_side == 256
    data = photo_data("pod_photos", image_size=(380, 380))
    assert data.image_shape == (380, 380, 3) and data.test_short_side == 434
    assert photo_data("pod_photos", test_short_side=12).test_short_side == 12
    with pytest.raises(InputError, match="test_short_side=11 is less than .* 12x10"):
        photo_data("pod_photos", test_short_side=11)
    for option in ("imbalance", "class_balanced", "unseen_classes"):
        with pytest.raises(InputError, match=f"{option} is for sets that fit in mem"):
            photo_data("pod_photos", **{option: 2})


def test_first_classes_and_parts(photo_data):
    data = photo_data("pod_photos-2", validation_split=0.25, limit=4)
    assert (data.num_classes, data.num_train, data.num_test) == (2, 4, 6)
    assert data.name == "pod_photos-2" and data.class_names == ["0", "1"]
    assert photo_data("pod_photos-4").num_train == 48
    with pytest.raises(InputError, match="'pod_photos-5' asks for .* from 2 to 4"):
        photo_data("pod_photos-5")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"augment": Augmentation()}, "RandomResizedCrop"),
        ({"batch_size": 64, "drop_last": True}, "48 training .* batch of 64"),
        ({"limit": 3}, "limit=3"),
    ],
)
def test_bad_options(photo_data, options, message):
    with pytest.raises(InputError, match=message):
        photo_data("pod_photos", **options)


def test_a_large_set_of_one_size_keeps_it(tfds_dir, monkeypatch):
    monkeypatch.setattr("keras_pod.data.readers.tfds_arrays.MAX_BYTES", 52 * 90)
    data = load("pod_tiny", data_dir=tfds_dir, augment=None)
    assert data.image_shape == (6, 5, 3) and data.test_short_side == 6
    images = np.concatenate([x for x, _ in data.test.as_numpy_iterator()])
    assert sorted(images[:, 0, 0, 0]) == list(range(12))
    assert load("pod_tiny", data_dir=tfds_dir, image_size=(8, 8)).image_shape[0] == 8
