"""RandomResizedCrop: how large training photographs are varied."""

import math
from dataclasses import dataclass

import tensorflow as tf

from keras_pod.core.checks import number
from keras_pod.data import epochs
from keras_pod.data.image_files import in_graph
from keras_pod.data.image_files.fit import to_uint8

_AREA, _ASPECT, _TRIES = (0.08, 1.0), (3 / 4, 4 / 3), 10

# The principal components of ImageNet's colours in 0..1 units, rows red, green,
# blue, as published with AlexNet and used by the RBF-Softmax code.
_COLOUR_STD = (0.2175, 0.0188, 0.0045)
_COLOUR_AXES = (
    (-0.5675, 0.7192, 0.4009),
    (-0.5808, -0.0045, -0.8140),
    (-0.5836, -0.6948, 0.4203),
)


@dataclass(frozen=True)
class RandomResizedCrop:
    """Cut out a part of random size, shape and place, resize it, mirror half of them.

    The part has 0.08 to 1 of the image's area, and is 3/4 to 4/3 times as wide as high,
    by a uniform logarithm.

    Args:
        flip: Whether to mirror images left to right with probability 0.5.
        pca_jitter: Standard deviation of the colour shift along the principal
            components of ImageNet's colours; 0.1 in the code of RBF-Softmax.

    Raises:
        InputError: if `pca_jitter` is out of its range.

    >>> RandomResizedCrop(pca_jitter=0.1)
    RandomResizedCrop(flip=True, pca_jitter=0.1)
    """

    flip: bool = True
    pca_jitter: float = 0.0

    def __post_init__(self) -> None:
        number("pca_jitter", self.pca_jitter, 0)


def crop_box(height: tf.Tensor, width: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Draw the part of an image to cut out: (top, left, height, width), int32.

    It is the first of ten draws that lies within the image, or the first one clipped.
    """
    draw = epochs.uniform([4, _TRIES], key)
    rows, columns = tf.cast(height, tf.float32), tf.cast(width, tf.float32)
    low, high = _AREA
    area = rows * columns * (low + (high - low) * draw[0])
    low, high = map(math.log, _ASPECT)
    aspect = tf.exp(low + (high - low) * draw[1])
    heights, widths = tf.round(tf.sqrt(area / aspect)), tf.round(tf.sqrt(area * aspect))
    inside = (heights >= 1) & (widths >= 1) & (heights <= rows) & (widths <= columns)
    first = tf.argmax(tf.cast(inside, tf.int32))
    whole = tf.stack([rows, columns])
    sizes = tf.stack([heights[first], widths[first]])
    sizes = tf.clip_by_value(sizes, 1, whole)
    corner = tf.floor(draw[2:, first] * (whole - sizes + 1))
    return tf.cast(tf.concat([corner, sizes], axis=0), tf.int32)


def shift_colours(image: tf.Tensor, std: float, key: tf.Tensor) -> tf.Tensor:
    """Shift all colours of a float image in 0..255 alike, along the components."""
    amount = tf.random.stateless_normal([3], key, alg="philox") * (255 * std)
    return image + tf.linalg.matvec(_COLOUR_AXES, amount * _COLOUR_STD)


def random_view(
    file: tf.Tensor,
    size: tuple[int, int],
    crop: RandomResizedCrop,
    keys: tuple[tf.Tensor, tf.Tensor, tf.Tensor],
) -> tf.Tensor:
    """Return a training image, uint8 (*size, 3): a random part of a photograph."""
    box_key, flip_key, colour_key = keys
    part = in_graph.decode(file, lambda h, w: crop_box(h, w, box_key))
    image = tf.image.resize(part, size, antialias=True)
    if crop.flip:
        mirrored = epochs.uniform([], flip_key) < 0.5
        image = tf.where(mirrored, image[:, ::-1], image)
    if crop.pca_jitter:
        image = shift_colours(image, crop.pca_jitter, colour_key)
    return to_uint8(image)
