import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data import (
    Augmentation,
    EpochOrder,
    RandomResizedCrop,
    StreamedImageData,
    load,
)


@pytest.fixture
def photo_data(tfds_dir):
    def photo_data(name="pod_photos", **options):
        options = {"batch_size": 16, "image_size": (12, 10), **options}
        return load(name, data_dir=tfds_dir, **options)

    return photo_data


def test_the_same_interface_as_in_memory(photo_data):
    data, digits = photo_data(), load("digits")
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
    assert len(photo_data(batch_size=20, drop_last=True).train) == 2
    expected = tf.TensorSpec((None, 12, 10, 3), tf.uint8), tf.TensorSpec(None, tf.int32)
    for part in (data.train, data.test, data.train_in_order):
        for spec, other in zip(part.element_spec, expected, strict=True):
            assert spec.dtype == other.dtype and spec.is_compatible_with(other)


def test_sizes(photo_data):
    data = photo_data(image_size=None)
    assert data.image_shape == (224, 224, 3) and data.test_short_side == 256
    data = photo_data(image_size=(380, 380))
    assert data.image_shape == (380, 380, 3) and data.test_short_side == 434
    assert photo_data(test_short_side=12).test_short_side == 12
    with pytest.raises(InputError, match="test_short_side=11 is less than .* 12x10"):
        photo_data(test_short_side=11)


def test_training_images_in_order(photo_data):
    def all_of(part):
        x, y = map(np.concatenate, zip(*part.as_numpy_iterator(), strict=True))
        return x[np.argsort(x[:, 0, 0, 0], kind="stable")], sorted(y)

    data = photo_data(augment=None)
    x, y = all_of(data.train)
    for part in (data.train_in_order, data.train_in_order):
        x2, y2 = all_of(part)
        np.testing.assert_array_equal(x, x2)
        assert y == y2


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
        photo_data(**options)


def test_a_large_set_of_one_size_keeps_it(tfds_dir, monkeypatch):
    monkeypatch.setattr("keras_pod.data.readers.tfds_arrays.MAX_BYTES", 52 * 90)
    data = load("pod_tiny", data_dir=tfds_dir, augment=None)
    assert data.image_shape == (6, 5, 3) and data.test_short_side == 6
    images = np.concatenate([x for x, _ in data.test.as_numpy_iterator()])
    assert sorted(images[:, 0, 0, 0]) == list(range(12))
    assert load("pod_tiny", data_dir=tfds_dir, image_size=(8, 8)).image_shape[0] == 8


def test_training_goes_on_as_uninterrupted(photo_data):
    def train(*epochs):
        """The mean of every batch that a model was given."""
        seen = []
        model = keras.Sequential([keras.Input((12, 10, 3)), keras.layers.Flatten()])
        model.add(keras.layers.Dense(4, activation="softmax"))
        model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
        step = model.train_step

        def record(*args):
            seen.append(float(np.mean(keras.ops.convert_to_numpy(args[-1][0]))))
            return step(*args)

        model.train_step = record
        data = photo_data(augment=RandomResizedCrop(pca_jitter=0.1))
        model.fit(
            data.train,
            validation_data=data.test,
            initial_epoch=epochs[0],
            epochs=epochs[1],
            shuffle=False,
            verbose=0,
            callbacks=[EpochOrder(data)],
        )
        return seen

    whole = train(0, 2)
    assert len(set(whole)) == 6
    assert train(1, 2) == whole[3:]
