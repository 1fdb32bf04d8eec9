"""The size that an encoded image claims, inside a TensorFlow graph."""

import tensorflow as tf

from keras_pod.data.image_files.pixels import (
    GIF_END,
    GIF_EXTENSION,
    GIF_FRAME,
    GIF_PADDING,
    JPEG_SCAN,
    MAX_SCANNED,
    SCAN,
)

_HEADER = 32

# Sub-blocks of a GIF file that are followed: 66 MB if they are full, at most about
# two seconds. The blocks that they are parts of take longer and count as several.
_MAX_BLOCKS = 2**18
_BLOCK = 16


def claimed_size(encoded: tf.Tensor) -> tf.Tensor:
    """Height and width (2,), int64, that an image file claims.

    `pixels.check_pixels` reads the same bytes outside of a graph, much faster.

    Args:
        encoded: The file's bytes, a scalar string.

    Returns:
        that of all frames of a GIF file, one below the other; zeros for what does
        not begin like a PNG, JPEG, GIF or BMP file, for a GIF file that is cut short
        or has more blocks than are followed (some thousands of frames), and for a
        JPEG file of so many scans that it would take long to decode.

    >>> claimed_size(tf.io.encode_png(np.zeros((3, 5, 1), "uint8"))).numpy().tolist()
    [3, 5]
    """
    # Padded, so that a short file can be cut anywhere.
    first = tf.strings.substr(encoded, 0, _HEADER) + b"\0" * _HEADER

    def has(magic: bytes, begin: int = 0) -> tf.Tensor:
        return tf.strings.substr(first, begin, len(magic)) == magic

    def pair(begin: int, little_endian: bool) -> tf.Tensor:
        two = tf.strings.substr(first, begin, 8)
        width_height = tf.io.decode_raw(two, tf.int32, little_endian)
        # The height of a BMP file is negative if its rows are stored downwards.
        return tf.abs(tf.reverse(tf.cast(width_height, tf.int64), [0]))

    png = has(b"\x89PNG\r\n\x1a\n") & has(b"IHDR", 12)
    kinds = [
        (png, lambda: pair(16, little_endian=False)),
        (has(b"\xff\xd8\xff"), lambda: _jpeg_size(encoded)),
        (has(b"GIF8"), lambda: _gif_size(encoded)),
        (has(b"BM"), lambda: pair(18, little_endian=True)),
    ]
    return tf.case(kinds, default=lambda: tf.zeros(2, tf.int64))


def _jpeg_size(encoded: tf.Tensor) -> tf.Tensor:
    """Height and width of a JPEG file; zeros if it has too many scans."""
    size = tf.cast(tf.io.extract_jpeg_shape(encoded)[:2], tf.int64)
    data = tf.io.decode_raw(encoded, tf.uint8)
    first, second = JPEG_SCAN
    scans = tf.math.count_nonzero((data[:-1] == first) & (data[1:] == second))
    return tf.where(scans * (tf.reduce_prod(size) + SCAN) <= MAX_SCANNED, size, 0)


def _gif_size(encoded: tf.Tensor) -> tf.Tensor:
    """Height and width of all frames of a GIF file, as `pixels` finds them."""
    data = tf.io.decode_raw(encoded + GIF_PADDING, tf.uint8)

    def byte(at: tf.Tensor) -> tf.Tensor:
        return tf.cast(tf.gather(data, at), tf.int64)

    def number(at: tf.Tensor) -> tf.Tensor:
        return byte(at) + 256 * byte(at + 1)

    def colours(at: tf.Tensor) -> tf.Tensor:
        size = tf.bitwise.left_shift(tf.constant(6, tf.int64), byte(at) & 7)
        return tf.where(byte(at) >= 128, size, 0)

    def behind(at: tf.Tensor, count: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Where the sub-blocks that begin here end, and the count with them."""
        end, found = tf.while_loop(
            lambda end, found: (byte(end) > 0) & (found < _MAX_BLOCKS),
            lambda end, found: (end + 1 + byte(end), found + 1),
            (at, count),
            parallel_iterations=1,
        )
        # What follows an empty block is read in another way by TensorFlow.
        return end + 1, tf.where(end == at, tf.constant(_MAX_BLOCKS, tf.int64), found)

    def frame(at: tf.Tensor, size: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        size = [size[0] + number(at + 7), tf.maximum(size[1], number(at + 5))]
        return at + 11 + colours(at + 9), tf.stack(size)

    def block(at: tf.Tensor, count: tf.Tensor, size: tf.Tensor) -> tuple:
        at, size = tf.cond(
            byte(at) == GIF_FRAME, lambda: frame(at, size), lambda: (at + 2, size)
        )
        return *behind(at, count + _BLOCK), size

    def is_block(at: tf.Tensor, count: tf.Tensor, _: tf.Tensor) -> tf.Tensor:
        known = (byte(at) == GIF_EXTENSION) | (byte(at) == GIF_FRAME)
        return known & (count < _MAX_BLOCKS)

    zero = tf.constant(0, tf.int64)
    begin = (13 + colours(zero + 10), zero, tf.zeros(2, tf.int64))
    at, count, size = tf.while_loop(is_block, block, begin, parallel_iterations=1)
    whole = (byte(at) == GIF_END) & (count < _MAX_BLOCKS)
    return tf.where(whole, size, 0)


def checked(encoded: tf.Tensor, most: int) -> tf.Tensor:
    """The same bytes; an error of the graph if they claim too many pixels.

    Args:
        encoded: An image file's bytes, a scalar string.
        most: As many pixels are still right.

    Raises:
        tf.errors.InvalidArgumentError: if they claim more, or none.
    """
    size = claimed_size(encoded)
    checks = [
        tf.debugging.assert_positive(
            size, "not a PNG, JPEG, BMP or GIF image, or not a whole one", summarize=2
        ),
        tf.debugging.assert_less_equal(
            tf.reduce_prod(size),
            tf.constant(most, tf.int64),
            "the image claims to have too many pixels",
        ),
    ]
    # Outside of a graph a check that holds is None.
    with tf.control_dependencies([check for check in checks if check is not None]):
        return tf.identity(encoded)
