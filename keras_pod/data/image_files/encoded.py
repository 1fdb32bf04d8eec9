"""Encoded images inside a TensorFlow graph: what `read_image` does to a file.

An exported model takes the bytes of image files and does all of this itself. What
`read_image` refuses is an error of the graph.
"""

import tensorflow as tf

from keras_pod.data.image_files.claimed_size import checked
from keras_pod.data.image_files.photo import middle, to_uint8
from keras_pod.data.image_files.pixels import MAX_PIXELS


def decode(encoded: tf.Tensor) -> tf.Tensor:
    """An image file as uint8 (h, w, 1) or (h, w, 3), like `files.decode`."""
    encoded = checked(encoded, MAX_PIXELS)
    image = tf.io.decode_image(encoded, expand_animations=False)
    image = tf.ensure_shape(image, (None, None, None))
    # Four channels of a JPEG file are CMYK, not RGB and alpha.
    cmyk = (tf.shape(image)[2] == 4) & tf.io.is_jpeg(encoded)
    image = tf.cond(cmyk, lambda: tf.io.decode_jpeg(encoded, channels=3), lambda: image)
    return image[..., : tf.where(tf.shape(image)[2] >= 3, 3, 1)]


def resize(image: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """A uint8 image (h, w, c) resized to (height, width), like `files.resize`."""
    return tf.cond(
        tf.reduce_all(tf.shape(image)[:2] == size),
        lambda: image,
        lambda: to_uint8(tf.image.resize(image, size, antialias=True)),
    )


def set_channels(image: tf.Tensor, channels: int) -> tf.Tensor:
    """A uint8 image (h, w, 1 or 3) with 1 (grey) or 3 (RGB) channels."""
    grey = tf.shape(image)[2] == 1
    if channels == 3:
        return tf.cond(grey, lambda: tf.repeat(image, 3, axis=2), lambda: image)

    def to_grey() -> tf.Tensor:
        return tf.image.rgb_to_grayscale(tf.ensure_shape(image, (None, None, 3)))

    return tf.cond(grey, lambda: image, to_grey)


def read(
    encoded: tf.Tensor, image_shape: tuple[int, int, int], short_side: int | None
) -> tf.Tensor:
    """An image file as a data set's images are, like `files.read_image`.

    Args:
        encoded: The file's bytes, a scalar string.
        image_shape: (height, width, channels), 1 or 3 channels.
        short_side: The `test_short_side` of a streamed set, or None.

    Returns:
        uint8 of `image_shape`.
    """
    size = image_shape[:2]
    image = decode(encoded)
    if short_side is None:
        image = resize(image, size)
    else:
        image = middle(image, size, short_side)
    return tf.ensure_shape(set_channels(image, image_shape[2]), image_shape)
