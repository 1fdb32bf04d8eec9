import numpy as np
import pytest
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data import Augmentation, RandomResizedCrop
from keras_pod.data.streamed.random_resized_crop import (
    crop_box,
    resolve_crop,
    shift_colours,
)


def keys(count):
    return tf.stack([tf.zeros(count, tf.int64), tf.range(count, dtype=tf.int64)], 1)


def boxes(height, width, crop, count=2000):
    one = tf.function(lambda key: crop_box(height, width, crop, key))
    return tf.vectorized_map(one, keys(count), fallback_to_while_loop=True).numpy()


def test_boxes_lie_within_the_image_and_have_the_shape():
    top, left, height, width = boxes(300, 400, RandomResizedCrop()).T
    assert min(top.min(), left.min()) >= 0 and min(height.min(), width.min()) >= 1
    assert (top + height <= 300).all() and (left + width <= 400).all()
    share = height * width / (300 * 400)
    assert share.min() > 0.078 and share.max() <= 1
    aspect = width / height
    assert aspect.min() > 0.74 and aspect.max() < 1.35
    # The logarithm of the shape is symmetric, the place uniform.
    small = share < 0.3
    assert abs(np.log(aspect[small]).mean()) < 0.03
    assert abs((left / (400 - width))[small].mean() - 0.5) < 0.05
    # The area is uniform where every shape fits.
    low = share[share < 0.5]
    assert abs(np.median(low) - 0.29) < 0.03


def test_where_no_draw_fits_the_middle_is_taken():
    crop = RandomResizedCrop(area=(1.0, 1.0))
    # 4 / 3 times as wide as high at most; 267 columns are left.
    assert np.unique(boxes(100, 400, crop, 20), axis=0).tolist() == [[0, 134, 100, 133]]
    assert np.unique(boxes(400, 100, crop, 20), axis=0).tolist() == [[134, 0, 133, 100]]
    assert boxes(1, 1, RandomResizedCrop(), 3).tolist() == [[0, 0, 1, 1]] * 3


def test_the_whole_image_when_only_that_is_allowed():
    crop = RandomResizedCrop(area=(1.0, 1.0), aspect=(1.0, 1.0))
    assert boxes(50, 50, crop, 3).tolist() == [[0, 0, 50, 50]] * 3


def test_colours_shift_along_the_principal_components():
    image = np.zeros((2, 2, 3), np.float32)
    shifts = np.stack([shift_colours(image, 0.1, key)[0, 0] for key in keys(500)])
    values, axes = np.linalg.eigh(np.cov(shifts.T))
    expected = 25.5 * np.array([0.0045, 0.0188, 0.2175])
    np.testing.assert_allclose(np.sqrt(values), expected, rtol=0.12)
    assert abs(axes[:, 2] @ [0.5675, 0.5808, 0.5836]) > 0.999
    whole = shift_colours(np.full((2, 2, 3), 7, np.float32), 0.1, keys(1)[0])
    assert len(np.unique(whole.numpy().reshape(-1, 3), axis=0)) == 1


@pytest.mark.parametrize(
    "bad",
    [
        {"area": (0, 1)},
        {"area": (0.5, 0.2)},
        {"area": (0.5, 1.5)},
        {"area": 0.5},
        {"aspect": (1.0, float("inf"))},
        {"aspect": ("a", "b")},
        {"flip": 1},
        {"pca_jitter": -0.1},
        {"pca_jitter": float("nan")},
    ],
)
def test_bad_values(bad):
    with pytest.raises(InputError, match=next(iter(bad))):
        RandomResizedCrop(**bad)


def test_resolve():
    given = RandomResizedCrop(pca_jitter=0.1)
    assert resolve_crop(given) is given
    assert resolve_crop("auto") == RandomResizedCrop((0.08, 1.0), (3 / 4, 4 / 3), True)
    assert resolve_crop(None) is None and resolve_crop("none") is None
    with pytest.raises(InputError, match="RandomResizedCrop"):
        resolve_crop(Augmentation())
