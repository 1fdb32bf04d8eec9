import numpy as np
import pytest
import tensorflow as tf

from keras_pod.data.in_memory.augmentation import Augmentation
from keras_pod.data.in_memory.pipeline import crop_and_flip, epoch_order, train_batches


def batches(x, y, epoch=0, batch_size=16, seed=0, augmentation=None, fill=(0.0,)):
    variable = tf.Variable(epoch, dtype=tf.int64)
    data = train_batches(x, y, batch_size, seed, variable, augmentation, fill)
    return list(data.as_numpy_iterator())


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    x = rng.integers(1, 256, (50, 6, 5, 3)).astype(np.uint8)
    return x, np.arange(50, dtype=np.int32)


def test_crop_and_flip_equals_a_loop(images):
    x, _ = images
    rng = np.random.default_rng(1)
    corner = rng.integers(0, 5, (50, 2))
    flip = rng.random(50) < 0.5
    colour = np.array([7, 8, 9], np.uint8)
    got = crop_and_flip(
        tf.constant(x), tf.constant(corner, tf.int32), tf.constant(flip), 2, colour
    )
    assert got.dtype == tf.uint8
    for image, (top, left), mirrored, result in zip(
        x, corner, flip, got.numpy(), strict=True
    ):
        padded = np.tile(colour, (10, 9, 1))
        padded[2:8, 2:7] = image
        expected = padded[top : top + 6, left : left + 5]
        np.testing.assert_array_equal(
            result, expected[:, ::-1] if mirrored else expected
        )


@pytest.mark.parametrize("augmentation", [None, Augmentation(2, True)])
def test_same_seed_and_epoch_same_batches(images, augmentation):
    a, b = (
        batches(*images, epoch=4, augmentation=augmentation, fill=(0.0,) * 3)
        for _ in range(2)
    )
    for (xa, ya), (xb, yb) in zip(a, b, strict=True):
        np.testing.assert_array_equal(xa, xb)
        np.testing.assert_array_equal(ya, yb)


def test_every_image_once_in_the_order_of_the_epoch(images):
    x, y = images
    orders = []
    for seed, epoch in [(0, 0), (0, 1), (1, 0)]:
        seen = batches(x, y, epoch=epoch, seed=seed)
        order = np.concatenate([labels for _, labels in seen])
        np.testing.assert_array_equal(order, epoch_order(seed, epoch, 50))
        np.testing.assert_array_equal(np.sort(order), y)
        np.testing.assert_array_equal(np.concatenate([i for i, _ in seen]), x[order])
        orders.append(order.tolist())
    assert orders[0] != orders[1] != orders[2] != orders[0]


def test_the_order_is_fixed_for_ever():
    # Saved runs that go on must find the order they began with.
    assert epoch_order(3, 0, 50).numpy()[:5].tolist() == [49, 6, 10, 21, 19]


def test_an_image_is_augmented_alike_in_every_batch_size(images):
    augmentation = Augmentation(2, True)

    def by_index(batch_size):
        seen = batches(
            *images, batch_size=batch_size, augmentation=augmentation, fill=(0.0,) * 3
        )
        x, y = (np.concatenate(part) for part in zip(*seen, strict=True))
        return x[np.argsort(y)]

    np.testing.assert_array_equal(by_index(7), by_index(50))


def test_augmentation_differs_between_epochs(images):
    def first(epoch):
        seen = batches(
            *images, epoch=epoch, augmentation=Augmentation(2), fill=(0.0,) * 3
        )
        x, y = (np.concatenate(part) for part in zip(*seen, strict=True))
        return x[np.argsort(y)]

    same = (first(0) == first(1)).all(axis=(1, 2, 3))
    assert same.mean() < 0.2


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("augmentation", [None, Augmentation(1)])
def test_dtype_is_kept(dtype, augmentation):
    x = np.zeros((5, 4, 4, 1), dtype)
    data = train_batches(
        x,
        np.zeros(5, np.int32),
        2,
        0,
        tf.Variable(0, dtype=tf.int64),
        augmentation,
        (0.0,),
    )
    assert data.element_spec[0] == tf.TensorSpec((None, 4, 4, 1), dtype)
    assert data.element_spec[1] == tf.TensorSpec((None,), tf.int32)


def test_all_places_and_both_sides_are_equally_likely():
    # A single bright pixel off the middle shows the crop and the mirroring.
    count, pad = 4000, 2
    x = np.zeros((count, 9, 9, 1), np.uint8)
    x[:, 4, 3] = 255

    def spots_of(augmentation):
        seen = batches(x, np.arange(count, dtype=np.int32), 0, 500, 0, augmentation)
        spots = np.concatenate([np.argwhere(images[..., 0]) for images, _ in seen])
        assert len(spots) == count
        return spots

    spots = spots_of(Augmentation(pad, False))
    places, counts = np.unique(spots[:, 1:], axis=0, return_counts=True)
    assert len(places) == 25
    assert (places.min(0) == [2, 1]).all() and (places.max(0) == [6, 5]).all()
    # 160 expected at each place; 5 standard deviations are 62.
    assert abs(counts - count / 25).max() < 62

    # The pixel moves up and to the left as the crop begins further down and right:
    # the places left out are those of the last offset.
    spots = spots_of(Augmentation(pad, False, legacy_crop=True))
    assert len(np.unique(spots[:, 1:], axis=0)) == 16
    assert spots[:, 1:].min(0).tolist() == [3, 2]

    columns = spots_of(Augmentation(0))[:, 2]
    assert set(columns) == {3, 5}
    assert abs((columns == 5).mean() - 0.5) < 0.04


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_resize_comes_after_the_augmentation(dtype):
    x = np.random.default_rng(0).integers(0, 256, (7, 6, 6, 3)).astype(dtype)
    y = np.arange(7, dtype=np.int32)
    variable = tf.Variable(2, dtype=tf.int64)
    options = (3, 0, variable, Augmentation(2), (0.0,) * 3)
    plain = train_batches(x, y, *options)
    for size in ((9, 12), (4, 3)):
        resized = train_batches(x, y, *options, size)
        for (a, labels), (b, same) in zip(plain, resized, strict=True):
            np.testing.assert_array_equal(labels, same)
            assert b.dtype == dtype and b.shape[1:] == (*size, 3)
            expected = tf.image.resize(a, size, antialias=True)
            np.testing.assert_allclose(b, expected, atol=0.51)


def test_drop_last(images):
    variable = tf.Variable(0, dtype=tf.int64)
    options = (0, variable, None, (0.0,) * 3, None, True)
    for size, steps in ((16, 3), (10, 5), (50, 1)):
        data = train_batches(*images, size, *options)
        assert len(data) == steps
        assert [len(y) for _, y in data] == [size] * steps
