"""Images brought to one size and number of channels, eagerly or within a graph."""

import tensorflow as tf

from keras_pod.data.image_files.decode import MAX_PIXELS


def to_uint8(image: tf.Tensor) -> tf.Tensor:
    """Round an image with values about 0..255 to uint8."""
    return tf.cast(tf.clip_by_value(tf.round(image), 0, 255), tf.uint8)


def resize(image: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Resize a uint8 image (h, w, c) to (height, width), antialiased."""
    image = tf.convert_to_tensor(image)
    return tf.cond(
        tf.reduce_all(tf.shape(image)[:2] == size),
        lambda: image,
        lambda: to_uint8(tf.image.resize(image, size, antialias=True)),
    )


def middle(image: tf.Tensor, size: tuple[int, int], short_side: int) -> tf.Tensor:
    """Cut out the middle, uint8 (*size, c), of an image resized to a shorter side.

    A strip so long that it would become too large is a `tf.errors` error.
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


def set_channels(images: tf.Tensor, channels: int) -> tf.Tensor:
    """Give uint8 images (..., 1 or 3) 1 (grey) or 3 (RGB) channels."""
    images = tf.convert_to_tensor(images)
    if images.shape[-1] == channels:
        return images
    if channels == 3:
        return tf.repeat(images, 3, axis=-1)
    return tf.image.rgb_to_grayscale(images)
