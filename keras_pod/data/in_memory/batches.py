"""Batches of images that are cropped, mirrored and resized."""

import tensorflow as tf


def crop_and_flip(
    images: tf.Tensor, corner: tf.Tensor, flip: tf.Tensor, pad: int, fill: tf.Tensor
) -> tf.Tensor:
    """Pad a batch, cut each image out at its own corner, mirror those chosen.

    Args:
        images: (B, H, W, C) of any dtype, which is kept.
        corner: Top and left of each crop in the padded image (B, 2), 0..2*pad.
        flip: Which images to mirror (B,), bool.
        pad: Pixels on each side.
        fill: Colour of the padding (C,), in the dtype of the images.
    """
    batch, (height, width, channels) = tf.shape(images)[0], images.shape[1:]
    if pad:
        band = tf.broadcast_to(fill, [batch, pad, width, channels])
        images = tf.concat([band, images, band], axis=1)
        side = tf.broadcast_to(fill, [batch, height + 2 * pad, pad, channels])
        images = tf.concat([side, images, side], axis=2)
    rows = corner[:, :1] + tf.range(height)
    images = tf.gather(images, rows, axis=1, batch_dims=1)
    # Mirroring costs nothing here: it only turns the order of the columns.
    column = tf.range(width)
    columns = corner[:, 1:] + tf.where(flip[:, None], width - 1 - column, column)
    return tf.gather(images, columns, axis=2, batch_dims=1)


def resize_batch(images: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Resize a batch (B, h, w, C) to (height, width), in its own dtype."""
    height, width = images.shape[1:3]
    if size == (height, width):
        return images
    shrinks = size[0] < height or size[1] < width
    resized = tf.image.resize(images, size, antialias=shrinks)
    if images.dtype.is_integer:
        resized = tf.clip_by_value(tf.round(resized), 0, 255)
    return tf.cast(resized, images.dtype)
