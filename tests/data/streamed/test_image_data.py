import functools

import numpy as np
import pytest
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data import Augmentation, RandomResizedCrop, StreamedImageData, load
from keras_pod.data.streamed import image_data as module


def test_files_are_mixed_as_the_images_that_wait(records, monkeypatch):
    def order(records):
        size = {"image_size": (9, 7), "test_short_side": 10}
        data = StreamedImageData("photos", "0" * 30, records, records, **size)
        return [int(label) for _, y in data.train for label in y]

    usual = order(records)
    assert len({number // 6 for number in usual[:8]}) >= 3
    monkeypatch.setattr(module, "SHUFFLE_IMAGES", 10)
    few = order(records)
    assert few == order(records) != usual
    assert sorted(few) == list(range(30))
    with pytest.raises(tf.errors.OpError, match="expected to contain 31"):
        order(records._replace(num_images=31))


@pytest.fixture
def photo_data(tfds_dir):
    """load(name, ...) of photos, in batches of 16 and 12x10."""
    return functools.partial(
        load, data_dir=tfds_dir, batch_size=16, image_size=(12, 10)
    )


def test_the_same_interface_as_in_memory(photo_data):
    data, digits = photo_data("pod_photos"), load("digits")
    names = {name for name in vars(digits) | vars(type(digits)) if name[0] != "_"}
    for name in names - {"arrays"}:
        assert hasattr(data, name), name
    assert repr(data) == (
        "<StreamedImageData pod_photos: 4 classes, 12x10x3, "
        "48 training and 10 test images>"
    )
    assert data.class_names == list("0123") and data.test_short_side == 14
    assert data.mean == [0.485, 0.456, 0.406] and data.std == [0.229, 0.224, 0.225]
    assert data.augmentation == RandomResizedCrop()
    assert photo_data("pod_photos", augment="none").augmentation is None


def test_parts_and_the_usual_size(photo_data):
    data = photo_data("pod_photos", validation_split=0.25, limit=4, image_size=None)
    assert (data.num_train, data.num_test) == (4, 12)
    assert data.image_shape == (224, 224, 3) and data.test_short_side == 256


def test_bad_options(photo_data):
    with pytest.raises(InputError, match="RandomResizedCrop for .* which is streamed"):
        photo_data("pod_photos", augment=Augmentation())
    for name in ("imbalance", "class_balanced", "unseen_classes"):
        with pytest.raises(InputError, match=f"{name} is for sets that fit in memory"):
            photo_data("pod_photos", **{name: 2})


def test_a_large_set_of_one_size_keeps_it(tfds_dir, monkeypatch):
    monkeypatch.setattr("keras_pod.data.readers.prepared.MAX_BYTES", 52 * 90)
    data = load("pod_tiny", data_dir=tfds_dir, augment=None)
    assert data.image_shape == (6, 5, 3) and data.test_short_side == 6
    images = np.concatenate([x for x, _ in data.test.as_numpy_iterator()])
    assert sorted(images[:, 0, 0, 0]) == list(range(12))
    assert load("pod_tiny", data_dir=tfds_dir, image_size=(8, 8)).image_shape[0] == 8
