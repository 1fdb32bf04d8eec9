import numpy as np
import pytest
import tensorflow as tf

from keras_pod.data.in_memory.augmentation import Augmentation
from keras_pod.data.in_memory.batches import crop_and_flip, epoch_order, train_batches

X = np.random.default_rng(0).integers(1, 256, (50, 6, 5, 3)).astype(np.uint8)
Y = np.arange(50, dtype=np.int32)


def batches(
    x=X, y=Y, epoch=0, batch_size=16, seed=0, augmentation=None, size=None, **options
):
    variable = tf.Variable(epoch, dtype=tf.int64)
    fill = (0.0,) * x.shape[-1]
    return train_batches(
        x, y, batch_size, seed, variable, augmentation, fill, size, **options
    )


def joined(**options):
    """All images and labels of an epoch."""
    parts = batches(**options).as_numpy_iterator()
    return map(np.concatenate, zip(*parts, strict=True))


def by_index(**options):
    x, y = joined(**options)
    return x[np.argsort(y)]


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


def test_same_seed_and_epoch_same_batches():
    options = {"epoch": 4, "augmentation": Augmentation(2, True)}
    for one, other in zip(batches(**options), batches(**options), strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def test_every_image_once_in_the_order_of_the_epoch():
    orders = []
    for seed, epoch in [(0, 0), (0, 1), (1, 0)]:
        images, order = joined(epoch=epoch, seed=seed)
        np.testing.assert_array_equal(order, epoch_order(seed, epoch, 50))
        np.testing.assert_array_equal(np.sort(order), Y)
        np.testing.assert_array_equal(images, X[order])
        orders.append(order.tolist())
    assert orders[0] != orders[1] != orders[2] != orders[0]
    # Saved runs that go on must find the order they began with.
    assert epoch_order(3, 0, 50).numpy()[:5].tolist() == [49, 6, 10, 21, 19]


def test_augmentation_depends_on_the_epoch_not_on_the_batch_size():
    augmentation = Augmentation(2, True)
    first = by_index(augmentation=augmentation)
    np.testing.assert_array_equal(
        first, by_index(augmentation=augmentation, batch_size=50)
    )
    same = first == by_index(augmentation=augmentation, epoch=1)
    assert same.all(axis=(1, 2, 3)).mean() < 0.2


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("augmentation", [None, Augmentation(1)])
def test_dtype_is_kept(dtype, augmentation):
    x = np.zeros((5, 4, 4, 1), dtype)
    data = batches(x, Y[:5], augmentation=augmentation)
    assert data.element_spec[0] == tf.TensorSpec((None, 4, 4, 1), dtype)
    assert data.element_spec[1] == tf.TensorSpec((None,), tf.int32)


def test_all_places_and_both_sides_are_equally_likely():
    # A single bright pixel off the middle shows the crop and the mirroring.
    count = 4000
    x = np.zeros((count, 9, 9, 1), np.uint8)
    x[:, 4, 3] = 255

    def spots_of(augmentation):
        y = np.arange(count, dtype=np.int32)
        images, _ = joined(x=x, y=y, batch_size=500, augmentation=augmentation)
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
def test_resize_comes_after_the_augmentation(dtype):
    options = {"x": X[:7].astype(dtype), "y": Y[:7], "augmentation": Augmentation(2)}
    plain, labels = joined(**options)
    for size in ((9, 12), (4, 3)):
        resized, same = joined(**options, size=size)
        np.testing.assert_array_equal(labels, same)
        assert resized.dtype == dtype and resized.shape[1:] == (*size, 3)
        expected = tf.image.resize(plain, size, antialias=True)
        np.testing.assert_allclose(resized, expected, atol=0.51)


@pytest.mark.parametrize(("size", "steps"), [(16, 3), (10, 5), (50, 1)])
def test_drop_last(size, steps):
    data = batches(batch_size=size, drop_last=True)
    assert len(data) == steps
    assert [len(y) for _, y in data] == [size] * steps
