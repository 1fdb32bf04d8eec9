import functools

import numpy as np
import pytest
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data import Augmentation, RandomResizedCrop, StreamedImageData, load
from keras_pod.data.streamed import image_data as module
from keras_pod.data.streamed.image_data import middle_view
from tests.data.bombs import many_scans, png_claiming
from tests.data.image_bytes import encode


def streamed(records):
    size = {"image_size": (9, 7), "test_short_side": 10}
    return StreamedImageData("photos", "0" * 30, records, records, **size)


def labels(dataset):
    return np.concatenate([y for _, y in dataset.as_numpy_iterator()])


def test_files_are_mixed_as_the_images_that_wait(records, monkeypatch):
    order = labels(streamed(records).train)
    assert len({number // 6 for number in order[:8]}) >= 3
    monkeypatch.setattr(module, "SHUFFLE_IMAGES", 10)
    few = [labels(streamed(records).train).tolist() for _ in range(2)]
    assert few[0] == few[1] != order.tolist()
    assert sorted(few[0]) == list(range(30))


def test_parts_of_files_and_first_classes(records):
    skip, take = np.array([0, 4], np.int64), np.array([6, 1], np.int64)
    part = records._replace(files=records.files[1:3], skip=skip, take=take, count=7)
    assert sorted(labels(streamed(part).train)) == [6, 7, 8, 9, 10, 11, 16]
    first = streamed(part._replace(num_classes=9, count=3))
    for data in (first.train, first.test):
        assert sorted(labels(data)) == [6, 7, 8]


def test_fewer_images_than_promised(records):
    with pytest.raises(tf.errors.OpError, match="expected to contain 31"):
        labels(streamed(records._replace(count=31)).train)


def test_views_of_files():
    for kind in ("PNG", "JPEG"):
        view = middle_view(encode(np.full((9, 9), 50, np.uint8), kind), (4, 4), 5)
        np.testing.assert_allclose(view, np.full((4, 4, 3), 50), atol=1)
    for bomb, message in [
        (png_claiming(20_000, 20_000), "too many pixels"),
        (many_scans(1600, 2000), "not a whole one"),
    ]:
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            middle_view(tf.constant(bomb), (40, 30), 60)


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
    expected = RandomResizedCrop((0.08, 1.0), (3 / 4, 4 / 3), True)
    assert data.augmentation == expected
    assert photo_data("pod_photos", augment="none").augmentation is None
    with pytest.raises(InputError, match="no arrays of them: iterate over train"):
        data.arrays  # noqa: B018
    assert len(data.train) == 3 and len(data.test) == 1
    expected = tf.TensorSpec((None, 12, 10, 3), tf.uint8), tf.TensorSpec(None, tf.int32)
    for part in (data.train, data.test, data.train_in_order):
        for spec, other in zip(part.element_spec, expected, strict=True):
            assert spec.dtype == other.dtype and spec.is_compatible_with(other)


@pytest.mark.parametrize(
    ("options", "shape", "side"),
    [
        ({"image_size": None}, (224, 224, 3), 256),
        ({"image_size": (380, 380)}, (380, 380, 3), 434),
        ({"test_short_side": 12}, (12, 10, 3), 12),
    ],
)
def test_sizes(photo_data, options, shape, side):
    data = photo_data("pod_photos", **options)
    assert data.image_shape == shape and data.test_short_side == side


def test_first_classes_and_parts(photo_data):
    data = photo_data("pod_photos-2", validation_split=0.25, limit=4)
    assert (data.num_classes, data.num_train, data.num_test) == (2, 4, 6)
    assert data.name == "pod_photos-2" and data.class_names == ["0", "1"]


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (
            "pod_photos",
            {"augment": Augmentation()},
            "an Augmentation, not a RandomResizedCrop, is for",
        ),
        ("pod_photos", {"limit": 3}, "limit=3"),
        *[
            ("pod_photos", {name: 2}, f"{name} is for sets that fit in memory")
            for name in ("imbalance", "class_balanced", "unseen_classes")
        ],
        ("pod_photos", {"test_short_side": 11}, "=11 is less than .* 12x10"),
        ("pod_photos-5", {}, "'pod_photos-5' asks for .* from 2 to 4"),
    ],
)
def test_bad_options(photo_data, name, options, message):
    with pytest.raises(InputError, match=message):
        photo_data(name, **options)


def test_a_large_set_of_one_size_keeps_it(tfds_dir, monkeypatch):
    monkeypatch.setattr("keras_pod.data.readers.tfds.MAX_BYTES", 52 * 90)
    data = load("pod_tiny", data_dir=tfds_dir, augment=None)
    assert data.image_shape == (6, 5, 3) and data.test_short_side == 6
    images = np.concatenate([x for x, _ in data.test.as_numpy_iterator()])
    assert sorted(images[:, 0, 0, 0]) == list(range(12))
    assert load("pod_tiny", data_dir=tfds_dir, image_size=(8, 8)).image_shape[0] == 8
    larger = load("pod_tiny", data_dir=tfds_dir, test_short_side=9)
    assert larger.image_shape == (6, 5, 3) and larger.test_short_side == 9
