"""Images brought to one size and number of channels, eagerly or within a graph."""

import tensorflow as tf


def to_uint8(image: tf.Tensor) -> tf.Tensor:
    """Round an image with values about 0..255 to uint8."""
    return tf.cast(tf.clip_by_value(tf.round(image), 0, 255), tf.uint8)


def resize(images: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Resize images (..., h, w, c) to (height, width), antialiased, in their dtype."""
    images = tf.convert_to_tensor(images)
    if images.shape[-3:-1] == size:
        return images
    resized = tf.image.resize(images, size, antialias=True)
    return to_uint8(resized) if images.dtype == tf.uint8 else resized


def middle(image: tf.Tensor, size: tuple[int, int], short_side: int) -> tf.Tensor:
    """Cut out the middle, uint8 (*size, c), of an image resized to a shorter side."""
    shape = tf.cast(tf.shape(image)[:2], tf.float32)
    resized = tf.round(shape * (short_side / tf.reduce_min(shape)))
    # Both in one step: a long strip, resized as a whole, could fill the memory.
    cut = tf.raw_ops.ScaleAndTranslate(
        images=image[None],
        size=size,
        scale=resized / shape,
        translation=-((resized - size) // 2),
        kernel_type="triangle",
        antialias=True,
    )
    return to_uint8(cut[0])


def set_channels(images: tf.Tensor, channels: int) -> tf.Tensor:
    """Give uint8 images (..., 1 or 3) 1 (grey) or 3 (RGB) channels."""
    images = tf.convert_to_tensor(images)
    if images.shape[-1] == channels:
        return images
    if channels == 3:
        return tf.repeat(images, 3, axis=-1)
    return tf.image.rgb_to_grayscale(images)
