"""Holds for data sets in memory and for streamed ones: orders, batches, epochs."""

import numpy as np
import pytest
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data import (
    Augmentation,
    ImageData,
    RandomResizedCrop,
    StreamedImageData,
)
from keras_pod.data.arrays import Arrays

COUNT = 30
NAMES = list(map(str, range(COUNT)))
# Saved runs that go on must find the order they began with: of seed 2 in epoch 1.
ORDERS = {
    ImageData: [19, 26, 11, 7, 22, 13],
    StreamedImageData: [18, 3, 28, 27, 14, 9],
}


@pytest.fixture(params=[ImageData, StreamedImageData])
def make(request, records):
    """make(...): 30 plain images of 9x7, of which the label n is an eighth."""
    if request.param is StreamedImageData:
        size = {"image_size": (9, 7), "test_short_side": 10}
        vary, parts = RandomResizedCrop(pca_jitter=0.1), (NAMES, records, records)
    else:
        size, vary = {}, Augmentation(2)
        y = np.arange(COUNT, dtype=np.int32)
        x = np.broadcast_to(8 * y[:, None, None, None], (COUNT, 9, 7, 3)).astype("u1")
        parts = (Arrays(x, y, x, y), NAMES)

    def make(augment=False, **options):
        options = {"batch_size": 8, **size, **options}
        return request.param(
            "photos", *parts, augmentation=vary if augment else None, **options
        )

    make.kind = request.param
    return make


def epoch_of(data, epoch=0):
    """The images and the labels of an epoch."""
    data.set_epoch(epoch)
    return joined(data.train)


def joined(batches):
    return [
        np.concatenate(part) for part in zip(*batches.as_numpy_iterator(), strict=True)
    ]


def plain(images, labels):
    return (abs(images[..., 0].astype(int) - 8 * labels[:, None, None]) <= 2).all()


def test_every_image_once_in_an_order_of_seed_and_epoch(make):
    orders = []
    for seed in (0, 2):
        data = make(seed=seed)
        for epoch in (0, 1):
            images, labels = epoch_of(data, epoch)
            assert plain(images, labels)
            orders.append(labels.tolist())
    assert all(sorted(order) == list(range(COUNT)) for order in orders)
    assert len(set(map(tuple, orders))) == 4
    assert orders[3][:6] == ORDERS[make.kind]


def test_batches(make):
    for options, sizes in (
        ({}, [8, 8, 8, 6]),
        ({"batch_size": 64}, [30]),
        ({"drop_last": True, "augment": True}, [8, 8, 8]),
    ):
        data = make(**options)
        assert [len(y) for _, y in data.train] == sizes
        assert int(data.train.cardinality()) == len(sizes)
    for part in (data.train, data.test, data.train_in_order):
        images, labels = part.element_spec
        assert images.dtype == tf.uint8 and labels.dtype == tf.int32
        assert images.shape[1:] == data.image_shape == (9, 7, 3)
    with pytest.raises(InputError, match="drop_last leaves nothing.* 30 .* of 31"):
        make(batch_size=31, drop_last=True)


def test_seed_and_epoch_decide_how_each_image_is_varied(make):
    def by_label(images, labels):
        return images[np.argsort(labels)]

    first = by_label(*epoch_of(make(augment=True)))
    # Not TensorFlow's own seed, nor what was read before, nor the size of a batch.
    tf.random.set_seed(99)
    data = make(augment=True, batch_size=1)
    for other in (epoch_of(data, 2), epoch_of(make(augment=True, seed=1))):
        same = first == by_label(*other)
        assert same.all(axis=(1, 2, 3)).mean() < 0.2
    data.set_epoch(0)
    iterator = data.train.as_numpy_iterator()
    # An iteration that has begun keeps its epoch.
    begun = next(iterator)
    data.set_epoch(1)
    images, labels = map(np.concatenate, zip(begun, *iterator, strict=True))
    np.testing.assert_array_equal(by_label(images, labels), first)


def test_images_in_order_are_not_varied(make):
    data = make(augment=True)
    images, labels = joined(data.test)
    assert sorted(labels) == list(range(COUNT)) and plain(images, labels)
    data.set_epoch(1)
    for part in (data.test, data.train_in_order):
        for found, expected in zip(joined(part), (images, labels), strict=True):
            np.testing.assert_array_equal(found, expected)
