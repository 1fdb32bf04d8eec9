"""A limit to the size of images, from the first bytes of their files."""

import struct

import tensorflow as tf

from keras_pod.errors import InputError

# 256 MiB as RGB. A file of a few kB can claim to be far more.
MAX_PIXELS = 2**28 // 3


def _header_size(data: bytes) -> tuple[int, int] | None:
    """Height and width that the header of an image file claims."""
    try:
        if data[:8] == b"\x89PNG\r\n\x1a\n":
            width, height = struct.unpack_from(">II", data, 16)
        elif data[:3] == b"GIF":
            width, height = struct.unpack_from("<HH", data, 6)
        elif data[:2] == b"BM":
            width, height = struct.unpack_from("<ii", data, 18)
        elif data[:3] == b"\xff\xd8\xff":
            with tf.device("CPU:0"):
                height, width, _ = tf.io.extract_jpeg_shape(data).numpy().tolist()
        else:
            return None
    except (struct.error, tf.errors.OpError):
        return None
    # The height of a BMP file is negative if its rows are stored downwards.
    return abs(height), abs(width)


def check_pixels(data: bytes, where: str) -> None:
    """Refuse an image file too large to be decoded. What is broken passes.

    WebP is refused: TensorFlow would decode it, whatever size it claims.

    Args:
        data: The file's bytes.
        where: Its name, for the message.

    Raises:
        InputError: if its header claims more than 89 million pixels.
    """
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        raise InputError(f"'{where}' is WebP; PNG, JPEG, BMP and GIF are read")
    size = _header_size(data)
    if size is not None and size[0] * size[1] > MAX_PIXELS:
        raise InputError(
            f"'{where}' claims to be {size[1]}x{size[0]} pixels; at most "
            f"{MAX_PIXELS / 1e6:.0f} million are read"
        )
