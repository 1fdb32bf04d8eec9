import numpy as np
import pytest
import tensorflow as tf

from keras_pod.data.image_files.photo import middle_view
from keras_pod.data.streamed.random_resized_crop import (
    RandomResizedCrop,
    crop_box,
    random_view,
)
from tests.data.bombs import film, many_scans
from tests.data.tfds_sets import photo

KEYS = tuple(tf.constant([1, i], tf.int64) for i in range(3))
RAMP = np.zeros((60, 80, 3), np.uint8)
RAMP[..., 0] = np.arange(60)[:, None] * 4
RAMP[..., 1] = np.arange(80) * 3


def encode(image, kind):
    if kind == "png":
        return tf.io.encode_png(image)
    return tf.io.encode_jpeg(image, quality=100, chroma_downsampling=False)


@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_random_view_is_the_box_resized(kind):
    crop = RandomResizedCrop(flip=False)
    view = random_view(encode(RAMP, kind), (32, 24), crop, KEYS)
    assert view.dtype == tf.uint8 and view.shape == (32, 24, 3)
    top, left, height, width = crop_box(60, 80, crop, KEYS[0]).numpy()
    part = RAMP[top : top + height, left : left + width]
    expected = tf.image.resize(part, (32, 24), antialias=True)
    np.testing.assert_allclose(view, expected, atol=1 if kind == "png" else 6)


def test_half_are_mirrored():
    crop = RandomResizedCrop(area=(1.0, 1.0), aspect=(4 / 3, 4 / 3))
    one = tf.function(
        lambda key: random_view(
            encode(RAMP, "png"), (30, 40), crop, (KEYS[0], key, key)
        )
    )
    views = [one(tf.constant([0, i], tf.int64)).numpy() for i in range(100)]
    mirrored = [view for view in views if view[0, 0, 1] > 100]
    assert 30 < len(mirrored) < 70
    plain = next(view for view in views if view[0, 0, 1] < 100)
    np.testing.assert_array_equal(mirrored[0], plain[:, ::-1])


def test_colours_are_shifted_and_stay_bytes():
    crop = RandomResizedCrop(flip=False, pca_jitter=3.0)
    plain = photo(128, png=True)
    view = random_view(plain, (8, 8), crop, KEYS)
    assert view.dtype == tf.uint8
    assert len(np.unique(view.numpy().reshape(-1, 3), axis=0)) == 1
    assert view[0, 0, 0] != 128


@pytest.mark.parametrize("turned", [False, True])
def test_middle_view(turned):
    image = RAMP.transpose(1, 0, 2) if turned else RAMP
    view = middle_view(encode(image, "png"), (40, 30), 60)
    if turned:
        expected = image[20:60, 15:45]
    else:
        expected = image[10:50, 25:55]
    np.testing.assert_array_equal(view, expected)
    double = middle_view(encode(image, "png"), (80, 60), 120).numpy()
    np.testing.assert_allclose(double[::2, ::2], expected, atol=4)


def test_grey_files_become_rgb():
    for encoder in (tf.io.encode_png, tf.io.encode_jpeg):
        view = middle_view(encoder(np.full((9, 9, 1), 50, np.uint8)), (4, 4), 5)
        assert view.shape == (4, 4, 3)
        assert abs(view.numpy().astype(int) - 50).max() <= 1


@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_files_that_claim_too_many_pixels(kind, monkeypatch):
    image = encode(RAMP, kind)
    monkeypatch.setattr("keras_pod.data.image_files.photo.MAX_PIXELS", 60 * 80)
    middle_view(image, (40, 30), 40)
    monkeypatch.setattr("keras_pod.data.image_files.photo.MAX_PIXELS", 60 * 80 - 1)
    with pytest.raises(tf.errors.InvalidArgumentError, match="too many pixels"):
        middle_view(image, (40, 30), 40)


def test_a_film_in_a_streamed_set():
    """Its frames count together, in a `tf.data` pipeline too."""
    files = tf.data.Dataset.from_tensors(film(10, 3000))
    views = files.map(lambda image: middle_view(image, (40, 30), 60))
    with pytest.raises(tf.errors.InvalidArgumentError, match="too many pixels"):
        next(iter(views))
    files = tf.data.Dataset.from_tensors(film(3, 60))
    views = files.map(lambda image: middle_view(image, (40, 30), 60))
    assert next(iter(views)).shape == (40, 30, 3)


def test_a_jpeg_of_many_scans_in_a_streamed_set():
    with pytest.raises(tf.errors.InvalidArgumentError, match="not a whole one"):
        middle_view(many_scans(1600, 2000), (8, 8), 16)
