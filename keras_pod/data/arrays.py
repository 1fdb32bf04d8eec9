"""The four arrays of a data set, and what is asked of them."""

import math
from typing import NamedTuple

import numpy as np

from keras_pod.core.errors import InputError

MAX_BYTES = 2 * 1024**3


class Arrays(NamedTuple):
    """Images (N, H, W, C), uint8 or float32 in 0..255, and int32 labels (N,)."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def check_fits(what: str, count: int, image_shape: tuple[int, ...]) -> None:
    """Refuse a data set that is too large for arrays in memory.

    Args:
        what: The data set's name, for the message.
        count: Number of images, training and test together.
        image_shape: (height, width, channels) of each.

    Raises:
        InputError: if the images take 2 GiB or more as uint8.
    """
    size = count * math.prod(image_shape)
    if size >= MAX_BYTES:
        shape = "x".join(map(str, image_shape))
        raise InputError(
            f"data set '{what}' has {count} images of {shape}, "
            f"{size / 1024**3:.1f} GiB: only fixed-size sets that fit in memory "
            "(less than 2 GiB) are supported yet"
        )


def mean_and_std(images: np.ndarray) -> tuple[list[float], list[float]]:
    """The mean and standard deviation of each channel, in 0..1 units.

    Args:
        images: (N, H, W, C) in 0..255.

    Returns:
        Two lists of C numbers. A channel that never varies gets the standard
        deviation 1, so that dividing by it is safe.
    """
    count = math.prod(images.shape[:3])
    total = np.zeros(images.shape[-1])
    squares = np.zeros(images.shape[-1])
    # In parts: the float64 copy of a whole set may be 8 times its size.
    for start in range(0, len(images), 1024):
        part = images[start : start + 1024].astype(np.float64) / 255
        total += part.sum(axis=(0, 1, 2))
        squares += np.square(part).sum(axis=(0, 1, 2))
    mean = total / count
    std = np.sqrt(np.maximum(squares / count - mean**2, 0))
    return mean.tolist(), np.where(std < 1e-6, 1.0, std).tolist()
