"""Photographs of any size, cut and resized to one size, as tf.data functions."""

from collections.abc import Callable

import tensorflow as tf

from keras_pod.data.image_files.claimed_size import checked
from keras_pod.data.image_files.pixels import MAX_PIXELS


def decode_box(
    encoded: tf.Tensor, box_of: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] | None
) -> tf.Tensor:
    """An image file's RGB pixels, only those of a box if one is asked for."""
    encoded = checked(encoded, MAX_PIXELS)

    def jpeg() -> tf.Tensor:
        # As other libraries decode: the default is faster and less exact.
        options = {"channels": 3, "dct_method": "INTEGER_ACCURATE"}
        if box_of is None:
            return tf.io.decode_jpeg(encoded, **options)
        # Cheaper than to decode all of it.
        height, width, _ = tf.unstack(tf.io.extract_jpeg_shape(encoded))
        box = box_of(height, width)
        return tf.io.decode_and_crop_jpeg(encoded, box, **options)

    def other() -> tf.Tensor:
        image = tf.io.decode_image(encoded, channels=3, expand_animations=False)
        if box_of is None:
            return image
        shape = tf.shape(image)
        box = box_of(shape[0], shape[1])
        return tf.image.crop_to_bounding_box(image, *tf.unstack(box))

    image = tf.cond(tf.io.is_jpeg(encoded), jpeg, other)
    return tf.ensure_shape(image, (None, None, 3))


def to_uint8(image: tf.Tensor) -> tf.Tensor:
    """An image with values about 0..255, rounded to uint8."""
    return tf.cast(tf.clip_by_value(tf.round(image), 0, 255), tf.uint8)


def middle(image: tf.Tensor, size: tuple[int, int], short_side: int) -> tf.Tensor:
    """The middle of an image (h, w, C), uint8 (*size, C).

    Args:
        image: Values in 0..255.
        size: (height, width) to cut out of the resized image.
        short_side: The length to which its shorter side is resized before.

    Raises:
        tf.errors.InvalidArgumentError: a strip so long that, resized, it is too large.
    """
    shape = tf.cast(tf.shape(image)[:2], tf.float32)
    resized = tf.round(shape * (short_side / tf.reduce_min(shape)))
    small = tf.debugging.assert_less_equal(
        tf.reduce_prod(resized),
        float(MAX_PIXELS),
        message="the image is too long for its width",
    )
    with tf.control_dependencies([small] if small is not None else []):
        resized = tf.cast(resized, tf.int32)
    image = tf.image.resize(image, resized, antialias=True)
    corner = (tf.shape(image)[:2] - size) // 2
    image = image[corner[0] : corner[0] + size[0], corner[1] : corner[1] + size[1]]
    return tf.ensure_shape(to_uint8(image), (*size, image.shape[2]))


def middle_view(
    encoded: tf.Tensor, size: tuple[int, int], short_side: int
) -> tf.Tensor:
    """A test image: a photograph's `middle`, from the bytes of its file."""
    return middle(decode_box(encoded, None), size, short_side)
