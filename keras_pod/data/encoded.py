"""Encoded images inside a TensorFlow graph: what `read_image` does to a file.

An exported model takes the bytes of image files and does all of this itself. What
`read_image` refuses is an error of the graph.
"""

import tensorflow as tf

from keras_pod.data.photo import middle, to_uint8
from keras_pod.data.pixels import MAX_PIXELS

_HEADER = 32


def claimed_size(encoded: tf.Tensor) -> tf.Tensor:
    """Height and width (2,), int64, that an image file's header claims.

    `pixels.check_pixels` reads the same bytes outside of a graph, much faster.

    Args:
        encoded: The file's bytes, a scalar string.

    Returns:
        zeros for what does not begin like a PNG, JPEG, GIF or BMP file.

    >>> claimed_size(tf.io.encode_png(np.zeros((3, 5, 1), "uint8"))).numpy().tolist()
    [3, 5]
    """
    # Padded, so that a short file can be cut anywhere.
    first = tf.strings.substr(encoded, 0, _HEADER) + b"\0" * _HEADER

    def begins(magic: bytes) -> tf.Tensor:
        return tf.strings.substr(first, 0, len(magic)) == magic

    def pair(begin: int, dtype: tf.DType, little_endian: bool = True) -> tf.Tensor:
        two = tf.strings.substr(first, begin, 2 * dtype.size)
        width_height = tf.io.decode_raw(two, dtype, little_endian)
        # The height of a BMP file is negative if its rows are stored downwards.
        return tf.abs(tf.reverse(tf.cast(width_height, tf.int64), [0]))

    def jpeg() -> tf.Tensor:
        return tf.cast(tf.io.extract_jpeg_shape(encoded)[:2], tf.int64)

    kinds = [
        (begins(b"\x89PNG\r\n\x1a\n"), lambda: pair(16, tf.int32, False)),
        (begins(b"\xff\xd8\xff"), jpeg),
        (begins(b"GIF"), lambda: pair(6, tf.uint16)),
        (begins(b"BM"), lambda: pair(18, tf.int32)),
    ]
    return tf.case(kinds, default=lambda: tf.zeros(2, tf.int64))


def decode(encoded: tf.Tensor) -> tf.Tensor:
    """An image file as uint8 (h, w, 1) or (h, w, 3), like `files.decode`."""
    size = claimed_size(encoded)
    checks = [
        tf.debugging.assert_positive(
            size, "not a PNG, JPEG, BMP or GIF image", summarize=2
        ),
        tf.debugging.assert_less_equal(
            tf.reduce_prod(size),
            tf.constant(MAX_PIXELS, tf.int64),
            "the image claims to have too many pixels",
        ),
    ]
    # Outside of a graph a check that holds is None.
    with tf.control_dependencies([check for check in checks if check is not None]):
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
