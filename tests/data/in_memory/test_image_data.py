import numpy as np
import pytest
import tensorflow as tf

from keras_pod.data import Augmentation, ImageData
from keras_pod.data.arrays import Arrays
from keras_pod.data.in_memory.image_data import crop_and_flip

X = np.random.default_rng(0).integers(1, 256, (50, 6, 5, 3)).astype(np.uint8)


def joined(x=X, epoch=0, **options):
    """All images of an epoch, and the number of each."""
    y = np.arange(len(x), dtype=np.int32)
    data = ImageData("x", Arrays(x, y, x, y), list(map(str, y)), **options)
    data.set_epoch(epoch)
    parts = data.train.as_numpy_iterator()
    return map(np.concatenate, zip(*parts, strict=True))


@pytest.mark.parametrize(
    ("dtype", "size"),
    [(np.uint8, None), (np.uint8, (9, 12)), (np.uint8, (4, 3)), (np.float32, (4, 3))],
)
def test_dtype_is_kept_and_resizing_comes_last(dtype, size):
    x, y = X[:7].astype(dtype), np.arange(7, dtype=np.int32)
    options = {"augmentation": Augmentation(2)}
    given = options | {"image_size": size, "mean": [0.5] * 3, "std": [0.25] * 3}
    data = ImageData("x", Arrays(x, y, x, y), "abcdefg", **given)
    assert (data.mean, data.std) == ([0.5] * 3, [0.25] * 3)
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
        return spots[:, 1:]

    spots = spots_of(Augmentation(2, False))
    places, counts = np.unique(spots, axis=0, return_counts=True)
    assert len(places) == 25
    assert (places.min(0) == [2, 1]).all() and (places.max(0) == [6, 5]).all()
    # 160 expected at each place; 5 standard deviations are 62.
    assert abs(counts - count / 25).max() < 62

    # The pixel moves up and to the left as the crop begins further down and right:
    # the places left out are those of the last offset.
    spots = spots_of(Augmentation(2, False, legacy_crop=True))
    assert len(np.unique(spots, axis=0)) == 16
    assert spots.min(0).tolist() == [3, 2]

    columns = []
    for epoch in (0, 1):
        images, order = joined(x=x, epoch=epoch, augmentation=Augmentation(0))
        columns.append(np.argwhere(images[np.argsort(order), ..., 0])[:, 2])
    assert set(columns[0]) == {3, 5}
    assert abs((columns[0] == 5).mean() - 0.5) < 0.04
    # Every epoch draws anew.
    assert abs((columns[0] == columns[1]).mean() - 0.5) < 0.04


@pytest.mark.parametrize(
    ("pad_value", "expected", "dtype"),
    [
        ("black", (0, 0), "uint8"),
        # Of integers the mean, here 99.75, is rounded.
        ("mean", (100, 51), "uint8"),
        ("mean", (99.75, 51), "float32"),
    ],
)
def test_colour_of_the_padding(pad_value, expected, dtype):
    x = np.empty((400, 3, 3, 2), dtype)
    x[..., 0], x[..., 1] = 100, 51
    x[:100, ..., 0] = 99
    images, labels = joined(x=x, augmentation=Augmentation(1, False, pad_value))
    own = images[labels >= 100]
    border = own[own[..., 0] != 100] if expected[0] != 100 else own
    assert len(border)
    np.testing.assert_allclose(border, np.broadcast_to(expected, border.shape), 1e-5)


def test_crop_and_flip_equals_a_loop():
    rng = np.random.default_rng(1)
    corner, flip = rng.integers(0, 5, (50, 2)), rng.random(50) < 0.5
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
        crop = padded[top : top + 6, left : left + 5]
        np.testing.assert_array_equal(result, crop[:, ::-1] if mirrored else crop)
