"""The four arrays of a data set, and the memory that they may take."""

import math
from typing import NamedTuple

import numpy as np

from keras_pod.core.errors import InputError

MAX_BYTES = 2 * 1024**3

# So many pixels are copied to float64 at a time.
_PIXELS = 2**20


class Arrays(NamedTuple):
    """Images (N, H, W, C), uint8 or float32 in 0..255, and int32 labels (N,)."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def check_fits(name: str, count: int, image_shape: tuple[int, ...]) -> None:
    """Refuse a data set that is too large for arrays in memory.

    Args:
        name: The data set's name, for the message.
        count: Number of images, training and test together.
        image_shape: (height, width, channels) of each.

    Raises:
        InputError: if the images take 2 GiB or more as uint8.
    """
    size = count * math.prod(image_shape)
    if size >= MAX_BYTES:
        shape = "x".join(map(str, image_shape))
        raise InputError(
            f"data set '{name}' has {count} images of {shape}, "
            f"{size / 1024**3:.1f} GiB: only fixed-size sets that fit in memory "
            "(less than 2 GiB) are supported yet"
        )


def check_parts(where: str, arrays: Arrays, num_classes: int) -> None:
    """Raise InputError if the four arrays do not go with each other.

    Args:
        where: The beginning of a message.
        arrays: Images and labels that are not empty.
        num_classes: The number of classes that the labels should be of.
    """
    parts = {"training": arrays[:2], "test": arrays[2:]}
    for part, (images, labels) in parts.items():
        if len(images) != len(labels):
            raise InputError(
                f"{where}{len(images)} {part} images but {len(labels)} labels"
            )
        if labels.max() >= num_classes:
            raise InputError(
                f"{where}a {part} image has the label {labels.max()}, but there are "
                f"{num_classes} classes in training"
            )
    shapes = arrays.x_train.shape[1:], arrays.x_test.shape[1:]
    if shapes[0] != shapes[1]:
        raise InputError(
            f"{where}training images are {shapes[0]}, test images {shapes[1]}"
        )


def mean_and_std(images: np.ndarray) -> tuple[list[float], list[float]]:
    """Return the mean and standard deviation of each channel, in 0..1 units.

    Args:
        images: (N, H, W, C) in 0..255.

    Returns:
        Two lists of C numbers. A channel that never varies gets the standard
        deviation 1, so that dividing by it is safe.
    """
    pixels = images.reshape(-1, images.shape[-1])
    total = np.zeros(images.shape[-1])
    squares = np.zeros(images.shape[-1])
    # The float64 copy of a whole set would be up to 8 times its size.
    for start in range(0, len(pixels), _PIXELS):
        part = pixels[start : start + _PIXELS].astype(np.float64) / 255
        total += part.sum(axis=0)
        squares += np.square(part).sum(axis=0)
    mean = total / len(pixels)
    std = np.sqrt(np.maximum(squares / len(pixels) - mean**2, 0))
    return mean.tolist(), np.where(std < 1e-6, 1.0, std).tolist()
