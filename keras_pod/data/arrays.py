"""The four arrays of a data set: their checks, and the memory that they may take."""

import math
from typing import NamedTuple

import numpy as np

from keras_pod.core.errors import InputError
from keras_pod.data.splits import hold_out

MAX_BYTES = 2 * 1024**3

# So many pixels are copied to float64 at a time.
_PIXELS = 2**20


class Arrays(NamedTuple):
    """Images (N, H, W, C), uint8 or float32 in 0..255, and int32 labels (N,)."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    @classmethod
    def parted(
        cls, x: np.ndarray, y: np.ndarray, parts: tuple[np.ndarray, np.ndarray]
    ) -> "Arrays":
        """Images and labels parted by the indices of the training and test images."""
        train, test = parts
        return cls(x[train], y[train], x[test], y[test])

    def first_classes(self, count: int) -> "Arrays":
        """The images of the first `count` classes."""
        x, y, x_test, y_test = self
        train, test = y < count, y_test < count
        return Arrays(x[train], y[train], x_test[test], y_test[test])

    def trained_on(self, chosen: np.ndarray) -> "Arrays":
        """The training images of these indices, and all test images."""
        return self._replace(x_train=self.x_train[chosen], y_train=self.y_train[chosen])


class Found(NamedTuple):
    """A data set that was read.

    Args:
        arrays: Its images and labels.
        class_names: The names of its classes.
        held_out: Whether the test images were held out of images that are not parted.
    """

    arrays: Arrays
    class_names: list[str]
    held_out: bool = False

    def first(self, count: int) -> "Found":
        """The same of the first `count` classes."""
        arrays, names, held_out = self
        return Found(arrays.first_classes(count), names[:count], held_out)


def check_fits(name: str, count: int, image_shape: tuple[int, ...]) -> None:
    """Raise InputError if so many images of a set take 2 GiB or more as uint8."""
    size = count * math.prod(image_shape)
    if size >= MAX_BYTES:
        shape = "x".join(map(str, image_shape))
        raise InputError(
            f"data set '{name}' has {count} images of {shape}, "
            f"{size / 1024**3:.1f} GiB: only fixed-size sets that fit in memory "
            "(less than 2 GiB) are supported yet"
        )


def mean_and_std(images: np.ndarray) -> tuple[list[float], list[float]]:
    """Return the mean and deviation of each channel of images in 0..255, in 0..1 units.

    A channel that never varies gets the deviation 1: dividing by it is safe.
    """
    pixels = images.reshape(-1, images.shape[-1])
    total, squares = np.zeros((2, images.shape[-1]))
    # The float64 copy of a whole set would be up to 8 times its size.
    for start in range(0, len(pixels), _PIXELS):
        part = pixels[start : start + _PIXELS].astype(np.float64) / 255
        total += part.sum(axis=0)
        squares += np.square(part).sum(axis=0)
    mean = total / len(pixels)
    std = np.sqrt(np.maximum(squares / len(pixels) - mean**2, 0))
    return mean.tolist(), np.where(std < 1e-6, 1.0, std).tolist()


def checked_arrays(found: dict[str, np.ndarray], where: str, share: float) -> Found:
    """Check and convert `x_train, y_train, x_test, y_test`, or `x, y`.

    Images are (N, H, W) or (N, H, W, C), labels (N,) or (N, 1). They become images in
    0..255, uint8 or float32: floats of which none is above 1 are multiplied by 255. The
    images are taken out of `found`, so that each can go when it is converted. `where`
    begins messages, and `share` is the part of `x, y` of each class to hold out.
    """
    parts = [""] if "x" in found else ["_train", "_test"]
    images = [_images(f"{where}x{part}", found.pop(f"x{part}")) for part in parts]
    labels = [
        _labels(f"{where}y{part}", found[f"y{part}"], len(x))
        for part, x in zip(parts, images, strict=True)
    ]
    names = [str(c) for c in range(_count_classes(f"{where}y{parts[0]}", labels[0]))]
    images = _to_byte_range(*images)
    if len(parts) == 1:
        (x,), (y,) = images, labels
        return Found(Arrays.parted(x, y, hold_out(y, share, names)), names, True)
    if labels[1].max() >= len(names):
        raise InputError(
            f"{where}a test image has the label {labels[1].max()}, but there are "
            f"{len(names)} classes in training"
        )
    train, test = (part.shape[1:] for part in images)
    if train != test:
        raise InputError(f"{where}training images are {train}, test images {test}")
    return Found(Arrays(images[0], labels[0], images[1], labels[1]), names)


def _images(where: str, images: np.ndarray) -> np.ndarray:
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or images.size == 0:
        raise InputError(
            f"{where} must be images (N, H, W) or (N, H, W, C), not {images.shape}"
        )
    if images.dtype.kind not in "uif":
        raise InputError(f"{where} must be uint8 or float, not {images.dtype}")
    low, high = images.min(), images.max()
    # The least or the greatest of values with a NaN among them is NaN.
    if not (np.isfinite(low) and np.isfinite(high)):
        raise InputError(f"{where} holds values that are NaN or infinite")
    if low < 0 or high > 255:
        raise InputError(
            f"{where} must be in 0..255 or 0..1, but goes from {low} to {high}"
        )
    kind = np.float32 if images.dtype.kind == "f" else np.uint8
    return images.astype(kind, copy=False)


def _labels(where: str, labels: np.ndarray, count: int) -> np.ndarray:
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and len(labels) == count:
        raise InputError(
            f"{where} is an array of {labels.shape}, one-hot or of several labels an "
            "image; this is single-label classification: give the number of one class "
            "for each image, as labels.argmax(axis=1) does for one-hot labels"
        )
    if labels.shape != (count,):
        raise InputError(
            f"{where} must be one label for each of the {count} images, "
            f"not an array of {labels.shape}"
        )
    if labels.dtype.kind in "US":
        raise InputError(
            f"{where} holds texts such as {str(labels[0])!r}; labels are the numbers "
            "of classes, one for each image: np.unique(labels, return_inverse=True)[1]"
        )
    if labels.dtype.kind not in "iu":
        raise InputError(f"{where} must be integers, not {labels.dtype}")
    if labels.min() < 0:
        raise InputError(f"{where} holds the negative label {labels.min()}")
    if labels.max() > np.iinfo(np.int32).max:
        raise InputError(f"{where} holds the label {labels.max()}, which is too large")
    return labels.astype(np.int32)


def _count_classes(where: str, labels: np.ndarray) -> int:
    present = np.unique(labels)
    gaps = np.flatnonzero(present != np.arange(len(present)))
    if len(gaps):
        raise InputError(
            f"{where} must be 0, 1, ... without gaps: {gaps[0]} does not occur, "
            f"{present[-1]} does"
        )
    if len(present) < 2:
        raise InputError(f"{where} has only one class; two are needed")
    return len(present)


def _to_byte_range(*parts: np.ndarray) -> list[np.ndarray]:
    """Bring floats to 0..255, and all parts to one dtype."""
    floats = [part for part in parts if part.dtype.kind == "f"]
    if floats and max(part.max() for part in floats) <= 1:
        parts = tuple(p * np.float32(255) if p.dtype.kind == "f" else p for p in parts)
    if 0 < len(floats) < len(parts):
        return [part.astype(np.float32, copy=False) for part in parts]
    return list(parts)
