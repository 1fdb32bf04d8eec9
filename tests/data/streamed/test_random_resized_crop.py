import numpy as np
import pytest
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data import RandomResizedCrop
from keras_pod.data.streamed import random_resized_crop as module
from keras_pod.data.streamed.random_resized_crop import (
    crop_box,
    random_view,
    shift_colours,
)
from tests.data.image_bytes import encode

RAMP = np.zeros((60, 80, 3), np.uint8)
RAMP[..., 0] = np.arange(60)[:, None] * 4
RAMP[..., 1] = np.arange(80) * 3
KEYS = tuple(tf.constant([[0, 0], [0, 1], [0, 2]], tf.int64))


def drawn(function, count, dtype):
    """What a function makes of many keys, as one graph."""
    keys = tf.stack([tf.zeros(count, tf.int64), tf.range(count, dtype=tf.int64)], 1)
    graph = tf.function(lambda: tf.map_fn(function, keys, fn_output_signature=dtype))
    return graph().numpy()


def boxes(size):
    """2000 boxes, of which all lie within the image."""
    found = drawn(lambda key: crop_box(*size, key), 2000, tf.int32)
    assert (found >= [0, 0, 1, 1]).all()
    assert (found[:, :2] + found[:, 2:] <= size).all()
    return found.T


def test_boxes_have_the_shape(monkeypatch):
    _, left, height, width = boxes((300, 400))
    share = height * width / (300 * 400)
    assert share.min() > 0.078
    aspect = width / height
    assert aspect.min() > 0.74 and aspect.max() < 1.35
    # The logarithm of the shape is symmetric, the place uniform.
    small = share < 0.3
    assert abs(np.log(aspect[small]).mean()) < 0.03
    assert abs((left / (400 - width))[small].mean() - 0.5) < 0.05
    # The area is uniform where every shape fits.
    assert abs(np.median(share[share < 0.5]) - 0.29) < 0.03
    # A draw that does not fit is clipped.
    monkeypatch.setattr(module, "_AREA", (1.0, 1.0))
    for size in ((1, 1), (100, 400)):
        _, _, height, _ = boxes(size)
        assert (height == size[0]).all()


def test_colours_shift_along_the_principal_components():
    image = np.zeros((2, 2, 3), np.float32)
    shifts = drawn(lambda key: shift_colours(image, 0.1, key)[0, 0], 500, tf.float32)
    values, axes = np.linalg.eigh(np.cov(shifts.T))
    expected = 25.5 * np.array([0.0045, 0.0188, 0.2175])
    np.testing.assert_allclose(np.sqrt(values), expected, rtol=0.12)
    assert abs(axes[:, 2] @ [0.5675, 0.5808, 0.5836]) > 0.999

    for bad in (-0.1, float("nan")):
        with pytest.raises(InputError, match="pca_jitter"):
            RandomResizedCrop(pca_jitter=bad)


def test_views_are_the_box_resized_and_half_are_mirrored(monkeypatch):
    crop = RandomResizedCrop(flip=False)
    top, left, height, width = crop_box(60, 80, KEYS[0]).numpy()
    part = RAMP[top : top + height, left : left + width]
    expected = tf.image.resize(part, (32, 24), antialias=True)
    jpeg = encode(RAMP, "JPEG", quality=100, subsampling=0)
    for file, atol in ((encode(RAMP, "PNG"), 0.51), (jpeg, 6)):
        view = random_view(file, (32, 24), crop, KEYS)
        assert view.dtype == tf.uint8 and view.shape == (32, 24, 3)
        np.testing.assert_allclose(view, expected, atol=atol)
    monkeypatch.setattr(module, "_AREA", (1.0, 1.0))
    monkeypatch.setattr(module, "_ASPECT", (4 / 3, 4 / 3))
    file, crop = encode(RAMP, "PNG"), RandomResizedCrop()
    views = drawn(
        lambda k: random_view(file, (30, 40), crop, (KEYS[0], k, k)), 100, tf.uint8
    )
    mirrored = views[:, 0, 0, 1] > 100
    assert 30 < mirrored.sum() < 70
    (one, *_), (other, *_) = views[mirrored], views[~mirrored]
    np.testing.assert_array_equal(one, other[:, ::-1])


def test_all_colours_of_a_view_are_shifted_alike_and_stay_bytes():
    plain = encode(np.full((60, 80, 3), 128, np.uint8), "PNG")
    view = random_view(plain, (8, 8), RandomResizedCrop(pca_jitter=3.0), KEYS).numpy()
    assert (view == view[0, 0]).all() and view[0, 0, 0] != 128
    strong = random_view(plain, (8, 8), RandomResizedCrop(pca_jitter=1e6), KEYS)
    assert set(np.unique(strong)) <= {0, 255}
