"""PNG and JPEG files within a TensorFlow graph: `read_image` for exported models.

An exported model takes the bytes of image files, and a streamed set reads them from
its records. Files that `read_image` refuses are errors of the graph; GIF, BMP and
WebP files are, too.
"""

from collections.abc import Callable

import tensorflow as tf

from keras_pod.data.image_files.decode import (
    JPEG_BEGIN,
    JPEG_SCAN,
    MAX_PIXELS,
    MAX_SCANNED,
    SCAN,
)
from keras_pod.data.image_files.fit import middle, resize, set_channels

# Cameras write the orientation into the first bytes of a JPEG file: an entry of its
# number 0x0112, its type and count, and its value, in either order of the bytes.
_EXIF_BYTES = 4096
_ORIENTATION = (
    r"(?s)\C*?Exif\x00\x00\C*?"
    r"(?:\x12\x01\x03\x00\x01\x00\x00\x00([\x01-\x08])\x00"
    r"|\x01\x12\x00\x03\x00\x00\x00\x01\x00([\x01-\x08]))\C*"
)

Box = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def claimed_size(encoded: tf.Tensor) -> tf.Tensor:
    """Return the height and width (2,), int64, that a file claims to have.

    They are zeros if it is no PNG or JPEG file, or a JPEG file of so many scans that it
    would take long to decode.
    """
    # Zeros are added, so that a short file can be cut anywhere.
    header = tf.strings.substr(encoded, 0, 24) + bytes(24)
    png = tf.strings.substr(header, 0, 8) == b"\x89PNG\r\n\x1a\n"
    png &= tf.strings.substr(header, 12, 4) == b"IHDR"
    jpeg = tf.strings.substr(header, 0, len(JPEG_BEGIN)) == JPEG_BEGIN
    numbers = tf.io.decode_raw(tf.strings.substr(header, 16, 8), tf.int32, False)
    png_size = tf.where(png, tf.cast(numbers[::-1], tf.int64), 0)
    return tf.cond(jpeg, lambda: _jpeg_size(encoded), lambda: png_size)


def _jpeg_size(encoded: tf.Tensor) -> tf.Tensor:
    size = tf.cast(tf.io.extract_jpeg_shape(encoded)[:2], tf.int64)
    data = tf.io.decode_raw(encoded, tf.uint8)
    first, second = JPEG_SCAN
    scans = tf.math.count_nonzero((data[:-1] == first) & (data[1:] == second))
    return tf.where(scans * (tf.reduce_prod(size) + SCAN) <= MAX_SCANNED, size, 0)


def decode(encoded: tf.Tensor, box_of: Box | None = None) -> tf.Tensor:
    """Return a file's RGB pixels, uint8 (h, w, 3), as Pillow decodes them.

    `box_of` makes of the height and width the (top, left, height, width) of a part.
    """
    size = claimed_size(encoded)
    checks = [
        tf.debugging.assert_positive(
            size, "not a PNG or JPEG image, or not a whole one", summarize=2
        ),
        tf.debugging.assert_less_equal(
            tf.reduce_prod(size),
            tf.constant(MAX_PIXELS, tf.int64),
            "the image claims to have too many pixels",
        ),
    ]
    with tf.control_dependencies(checks):
        encoded = tf.identity(encoded)

    def jpeg() -> tf.Tensor:
        # The default is faster and less exact than other libraries are.
        options = {"channels": 3, "dct_method": "INTEGER_ACCURATE"}
        if box_of is None:
            return tf.io.decode_jpeg(encoded, **options)
        # It is cheaper than to decode the whole image.
        height, width, _ = tf.unstack(tf.io.extract_jpeg_shape(encoded))
        box = box_of(height, width)
        return tf.io.decode_and_crop_jpeg(encoded, box, **options)

    def png() -> tf.Tensor:
        image = tf.io.decode_png(encoded, channels=3)
        if box_of is None:
            return image
        box = box_of(*tf.unstack(tf.shape(image)[:2]))
        return tf.image.crop_to_bounding_box(image, *tf.unstack(box))

    image = tf.cond(tf.io.is_jpeg(encoded), jpeg, png)
    return tf.ensure_shape(image, (None, None, 3))


def orientation(encoded: tf.Tensor) -> tf.Tensor:
    """Return the orientation, 1 to 8, that a JPEG file's Exif data ask for."""
    head = tf.strings.substr(encoded, 0, _EXIF_BYTES)
    found = tf.strings.regex_full_match(head, _ORIENTATION) & tf.io.is_jpeg(encoded)
    value = tf.strings.regex_replace(head, _ORIENTATION, r"\1\2")
    value = tf.where(found, value, b"\1")
    return tf.cast(tf.io.decode_raw(value, tf.uint8)[0], tf.int32)


def upright(image: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    """Turn an image (h, w, c) as its Exif orientation, 1 to 8, asks for."""

    def one_of(*values: int) -> tf.Tensor:
        return tf.reduce_any(orientation == tf.constant(values))

    turned = one_of(5, 6, 7, 8)
    image = tf.cond(turned, lambda: tf.transpose(image, (1, 0, 2)), lambda: image)
    image = tf.cond(one_of(2, 3, 6, 7), lambda: image[:, ::-1], lambda: image)
    return tf.cond(one_of(3, 4, 7, 8), lambda: image[::-1], lambda: image)


def read(
    encoded: tf.Tensor, image_shape: tuple[int, int, int], short_side: int | None
) -> tf.Tensor:
    """Return what `files.read_image` does, from a file's bytes."""
    size, channels = image_shape[:2], image_shape[2]
    image = upright(decode(encoded), orientation(encoded))
    if short_side is None:
        image = resize(image, size)
    else:
        image = middle(image, size, short_side)
    return set_channels(tf.ensure_shape(image, (*size, 3)), channels)
