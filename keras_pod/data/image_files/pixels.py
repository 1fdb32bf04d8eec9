"""A limit to the size of images, and to the work they make, from their files' bytes."""

import struct

import tensorflow as tf

from keras_pod.core.errors import InputError

# 256 MiB as RGB. A file of a few kB can claim to be far more.
MAX_PIXELS = 2**28 // 3

# A JPEG file may go over its pixels again and again, in scans of some bytes each. As
# many pixels of all scans take a second or two; each scan counts as a few more.
MAX_SCANNED, SCAN = 2**31, 4096
JPEG_SCAN = b"\xff\xda"

# What a block of a GIF file begins with, and how far one step may lead past the end.
GIF_EXTENSION, GIF_FRAME, GIF_END = b"!,;"
GIF_PADDING = bytes(1024)


def not_whole(where: str) -> InputError:
    """The error for a file that messages call `where`, if it is no whole image."""
    return InputError(
        f"cannot read '{where}': it is not a whole PNG, JPEG, BMP or GIF image"
    )


def _colours(flags: int) -> int:
    """Bytes of the colour table that a GIF file has after these flags."""
    return 6 << (flags & 7) if flags & 128 else 0


def _gif_size(data: bytes) -> tuple[int, int]:
    """All frames one below the other; zeros for a file that is not whole.

    TensorFlow decodes each frame at its own size, whatever the file's header says.
    """
    data += GIF_PADDING
    at = 13 + _colours(data[10])
    height = width = 0
    while data[at] in (GIF_EXTENSION, GIF_FRAME):
        if data[at] == GIF_FRAME:
            columns, rows = struct.unpack_from("<HH", data, at + 5)
            height, width = height + rows, max(width, columns)
            at += 11 + _colours(data[at + 9])
        else:
            at += 2
        # What follows an empty block is read in another way by TensorFlow.
        if not data[at]:
            return 0, 0
        while data[at]:
            at += 1 + data[at]
        at += 1
    return (height, width) if data[at] == GIF_END else (0, 0)


def _header_size(data: bytes) -> tuple[int, int]:
    """Height and width that an image file claims; zeros for what is broken."""
    try:
        if data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR":
            width, height = struct.unpack_from(">II", data, 16)
        elif data[:4] == b"GIF8":
            height, width = _gif_size(data)
        elif data[:2] == b"BM":
            width, height = struct.unpack_from("<ii", data, 18)
        elif data[:3] == b"\xff\xd8\xff":
            with tf.device("CPU:0"):
                height, width, _ = tf.io.extract_jpeg_shape(data).numpy().tolist()
        else:
            return 0, 0
    except (struct.error, tf.errors.OpError):
        return 0, 0
    # The height of a BMP file is negative if its rows are stored downwards.
    return abs(height), abs(width)


def check_pixels(data: bytes, where: str) -> None:
    """Refuse an image file that is too large to be decoded, or whose size is unclear.

    The frames of a GIF file count together: all are decoded, though one is used.
    WebP is refused: TensorFlow would decode it, whatever size it claims.

    Args:
        data: The file's bytes.
        where: Its name, for the message.

    Raises:
        InputError: if it claims more than 89 million pixels, or none; for a GIF file
            that is cut short; for a JPEG file of so many scans that it would take
            long to decode.
    """
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        raise InputError(f"'{where}' is WebP; PNG, JPEG, BMP and GIF are read")
    height, width = _header_size(data)
    if not height * width:
        raise not_whole(where)
    if height * width > MAX_PIXELS:
        raise InputError(
            f"'{where}' claims to be {width}x{height} pixels; at most "
            f"{MAX_PIXELS / 1e6:.0f} million are read"
        )
    scans = data.count(JPEG_SCAN) if data[:3] == b"\xff\xd8\xff" else 0
    if scans * (height * width + SCAN) > MAX_SCANNED:
        raise InputError(
            f"'{where}' has {scans} scans of {width}x{height} pixels, which would take "
            "too long to decode; save it again as a usual JPEG file"
        )
