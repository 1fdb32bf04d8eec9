import numpy as np
import pytest
import tensorflow as tf

from keras_pod.data.image_files.fit import middle, resize, set_channels, to_uint8

RAMP = np.zeros((60, 80, 3), np.uint8)
RAMP[..., 0] = np.arange(60)[:, None] * 4
RAMP[..., 1] = np.arange(80) * 3


def test_rounding():
    found = to_uint8(tf.constant([-3.0, 0.4, 99.6, 255.4, 300.0]))
    assert found.dtype == tf.uint8 and found.numpy().tolist() == [0, 0, 100, 255, 255]


def test_resize():
    np.testing.assert_array_equal(resize(RAMP, (60, 80)), RAMP)
    small = resize(RAMP, (30, 40))
    assert small.dtype == tf.uint8
    # Of each four pixels about the mean: antialiased.
    expected = RAMP.reshape(30, 2, 40, 2, 3).mean((1, 3))
    np.testing.assert_allclose(small[1:-1, 1:-1], expected[1:-1, 1:-1], atol=1)


@pytest.mark.parametrize("turned", [False, True])
def test_middle(turned):
    image = tf.constant(RAMP.transpose(1, 0, 2) if turned else RAMP)
    expected = image[20:60, 15:45] if turned else image[10:50, 25:55]
    np.testing.assert_array_equal(middle(image, (40, 30), 60), expected)
    double = middle(image, (80, 60), 120).numpy()
    np.testing.assert_allclose(double[::2, ::2], expected, atol=4)


def test_channels():
    grey = RAMP[..., :1]
    np.testing.assert_array_equal(set_channels(RAMP, 3), RAMP)
    np.testing.assert_array_equal(set_channels(grey, 3), np.repeat(grey, 3, -1))
    found = set_channels(RAMP[None], 1)
    assert found.shape == (1, 60, 80, 1) and found.dtype == tf.uint8
    weighed = RAMP @ np.array([0.2989, 0.587, 0.114])
    np.testing.assert_allclose(found[0, ..., 0], weighed, atol=1)
