import numpy as np
import pytest
import tensorflow as tf

from keras_pod.data import Augmentation, ImageData
from keras_pod.data.arrays import Arrays
from keras_pod.data.epochs import epoch_order
from keras_pod.data.in_memory.image_data import crop_and_flip, resize_batch

X = np.random.default_rng(0).integers(1, 256, (50, 6, 5, 3)).astype(np.uint8)


def values(dataset):
    return np.concatenate([x.ravel() for x, _ in dataset.as_numpy_iterator()])


def joined(x=X, epoch=0, **options):
    """All images of an epoch, and the number of each."""
    y = np.arange(len(x), dtype=np.int32)
    data = ImageData("x", Arrays(x, y, x, y), list(map(str, y)), **options)
    data.set_epoch(epoch)
    parts = data.train.as_numpy_iterator()
    return map(np.concatenate, zip(*parts, strict=True))


def by_index(**options):
    x, y = joined(**options)
    return x[np.argsort(y)]


def test_description(numbered):
    data = numbered()
    assert (data.num_classes, data.num_train, data.num_test) == (2, 50, 50)
    assert data.image_shape == (1, 1, 1)
    assert data.class_names == ["even", "odd"]
    assert data.mean == pytest.approx([np.arange(50).mean() / 255])
    assert data.std == pytest.approx([np.arange(50).std() / 255])
    assert repr(data) == (
        "<ImageData numbered: 2 classes, 1x1x1, 50 training and 50 test images>"
    )
    given = numbered(mean=[0.5], std=[0.25])
    assert (given.mean, given.std) == ([0.5], [0.25])


@pytest.mark.parametrize(
    ("count", "drop_last", "sizes"),
    [
        (50, False, [16, 16, 16, 2]),
        (48, False, [16] * 3),
        (3, False, [3]),
        (50, True, [16] * 3),
        (48, True, [16] * 3),
    ],
)
def test_cardinality_and_the_last_batch(numbered, count, drop_last, sizes):
    data = numbered(count, drop_last=drop_last)
    assert int(data.train.cardinality()) == len(sizes)
    assert [len(y) for _, y in data.train] == sizes
    assert sum(len(y) for _, y in data.test) == count


def test_set_epoch(numbered):
    data = numbered()
    for epoch in (0, 2, 0):
        data.set_epoch(epoch)
        np.testing.assert_array_equal(values(data.train), epoch_order(3, epoch, 50))


def test_an_iteration_keeps_its_epoch(numbered):
    data = numbered(batch_size=1)
    iterator = data.train.as_numpy_iterator()
    seen = [next(iterator)[0].item()]
    data.set_epoch(1)
    seen += [x.item() for x, _ in iterator]
    np.testing.assert_array_equal(seen, epoch_order(3, 0, 50))


def test_images_in_order_and_unchanged(numbered):
    data = numbered(augmentation=Augmentation(0, True))
    for epoch in range(2):
        data.set_epoch(epoch)
        for part in (data.test, data.train_in_order):
            np.testing.assert_array_equal(values(part), np.arange(50))
    labels = np.concatenate([y for _, y in data.train_in_order.as_numpy_iterator()])
    np.testing.assert_array_equal(labels, np.arange(50) % 2)


def test_every_image_once_in_the_order_of_the_epoch():
    orders = []
    for seed, epoch in [(0, 0), (0, 1), (1, 0)]:
        images, order = joined(epoch=epoch, seed=seed)
        np.testing.assert_array_equal(order, epoch_order(seed, epoch, 50))
        np.testing.assert_array_equal(np.sort(order), np.arange(50))
        np.testing.assert_array_equal(images, X[order])
        orders.append(order.tolist())
    assert orders[0] != orders[1] != orders[2] != orders[0]


def test_augmentation_depends_on_seed_and_epoch_not_on_the_batch_size():
    options = {"augmentation": Augmentation(2, True), "batch_size": 16}
    first = by_index(**options)
    np.testing.assert_array_equal(first, by_index(**options))
    np.testing.assert_array_equal(first, by_index(**options | {"batch_size": 50}))
    for other in ({"epoch": 1}, {"seed": 1}):
        same = first == by_index(**options, **other)
        assert same.all(axis=(1, 2, 3)).mean() < 0.2


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("size", [None, (9, 12)])
def test_dtype_is_kept_and_resizing_comes_last(dtype, size):
    x, y = X[:7].astype(dtype), np.arange(7, dtype=np.int32)
    options = {"augmentation": Augmentation(2)}
    data = ImageData("x", Arrays(x, y, x, y), "abcdefg", image_size=size, **options)
    height, width = size or (6, 5)
    for part in (data.train, data.test, data.train_in_order):
        assert part.element_spec[0] == tf.TensorSpec((None, height, width, 3), dtype)
        assert part.element_spec[1] == tf.TensorSpec((None,), tf.int32)
    images, labels = next(data.train.as_numpy_iterator())
    plain, same = joined(x=x, **options)
    np.testing.assert_array_equal(labels, same)
    expected = tf.image.resize(plain, (height, width), antialias=True)
    np.testing.assert_allclose(images, expected, atol=0.51)


def test_all_places_and_both_sides_are_equally_likely():
    # A single bright pixel off the middle shows the crop and the mirroring.
    count = 4000
    x = np.zeros((count, 9, 9, 1), np.uint8)
    x[:, 4, 3] = 255

    def spots_of(augmentation):
        images, _ = joined(x=x, batch_size=500, augmentation=augmentation)
        spots = np.argwhere(images[..., 0])
        assert len(spots) == count
        return spots

    spots = spots_of(Augmentation(2, False))
    places, counts = np.unique(spots[:, 1:], axis=0, return_counts=True)
    assert len(places) == 25
    assert (places.min(0) == [2, 1]).all() and (places.max(0) == [6, 5]).all()
    # 160 expected at each place; 5 standard deviations are 62.
    assert abs(counts - count / 25).max() < 62

    # The pixel moves up and to the left as the crop begins further down and right:
    # the places left out are those of the last offset.
    spots = spots_of(Augmentation(2, False, legacy_crop=True))
    assert len(np.unique(spots[:, 1:], axis=0)) == 16
    assert spots[:, 1:].min(0).tolist() == [3, 2]

    columns = spots_of(Augmentation(0))[:, 2]
    assert set(columns) == {3, 5}
    assert abs((columns == 5).mean() - 0.5) < 0.04


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize(
    ("pad_value", "expected"), [("black", (0, 0)), ("mean", (100, 51))]
)
def test_colour_of_the_padding(pad_value, expected, dtype):
    x = np.empty((400, 3, 3, 2), dtype)
    x[..., 0], x[..., 1] = 100, 51
    images, _ = joined(x=x, augmentation=Augmentation(1, False, pad_value))
    border = images[images[..., 0] != 100] if pad_value == "black" else images
    assert len(border)
    np.testing.assert_allclose(border, np.broadcast_to(expected, border.shape), 1e-5)


def test_crop_and_flip_equals_a_loop():
    rng = np.random.default_rng(1)
    corner = rng.integers(0, 5, (50, 2))
    flip = rng.random(50) < 0.5
    colour = np.array([7, 8, 9], np.uint8)
    got = crop_and_flip(
        tf.constant(X), tf.constant(corner, tf.int32), tf.constant(flip), 2, colour
    )
    assert got.dtype == tf.uint8
    for image, (top, left), mirrored, result in zip(
        X, corner, flip, got.numpy(), strict=True
    ):
        padded = np.tile(colour, (10, 9, 1))
        padded[2:8, 2:7] = image
        expected = padded[top : top + 6, left : left + 5]
        np.testing.assert_array_equal(
            result, expected[:, ::-1] if mirrored else expected
        )


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("size", [(9, 12), (4, 3), (6, 5)])
def test_resize(dtype, size):
    resized = resize_batch(tf.constant(X, dtype), size)
    assert resized.dtype == dtype and resized.shape == (50, *size, 3)
    expected = tf.image.resize(X, size, antialias=True)
    np.testing.assert_allclose(resized, expected, atol=0.51)
