import numpy as np
import pytest
import tensorflow as tf

from keras_pod.data.in_memory.batches import crop_and_flip, resize_batch

X = np.random.default_rng(0).integers(1, 256, (50, 6, 5, 3)).astype(np.uint8)


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
