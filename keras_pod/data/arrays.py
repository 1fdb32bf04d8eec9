"""The four arrays of a data set, and their checks."""

from typing import NamedTuple

import numpy as np

from keras_pod.core.errors import InputError
from keras_pod.data.splits import hold_out

# Images in memory may take so much, as they are and unpacked.
MAX_BYTES = 2 * 1024**3


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

    def trained_on(self, chosen: np.ndarray) -> "Arrays":
        """The training images of these indices, and all test images."""
        return self._replace(x_train=self.x_train[chosen], y_train=self.y_train[chosen])


class Found(NamedTuple):
    """A data set that was read."""

    arrays: Arrays
    class_names: list[str]
    # Whether the test images were held out of images that are not parted.
    held_out: bool = False

    def first(self, count: int) -> "Found":
        """The same of the first `count` classes."""
        (x, y, x_test, y_test), names, held_out = self
        if count == len(names):
            return self
        train, test = y < count, y_test < count
        arrays = Arrays(x[train], y[train], x_test[test], y_test[test])
        return Found(arrays, names[:count], held_out)


def mean_and_std(images: np.ndarray) -> tuple[list[float], list[float]]:
    """Return the mean and deviation of each channel of images in 0..255, in 0..1 units.

    A channel that never varies gets the deviation 1: dividing by it is safe.
    """
    pixels = images.reshape(-1, images.shape[-1])
    # Unlike `np.std` this makes no float64 copy, of up to 8 times the set's size.
    squares = np.einsum("nc,nc->c", pixels, pixels, dtype=np.float64)
    mean = pixels.mean(axis=0, dtype=np.float64) / 255
    std = np.sqrt(np.maximum(squares / len(pixels) / 255**2 - mean**2, 0))
    return mean.tolist(), np.where(std < 1e-6, 1.0, std).tolist()


def checked_arrays(found: dict[str, np.ndarray], where: str, share: float) -> Found:
    """Check and convert `x_train, y_train, x_test, y_test`, or `x, y`.

    Floats of which none is above 1 are multiplied by 255. Images are taken out of
    `found`, so that each can go when it is converted. `where` begins messages, and
    `share` is the part of `x, y` of each class to hold out.
    """
    parts = [""] if "x" in found else ["_train", "_test"]
    images = [_images(f"{where}x{part}", found.pop(f"x{part}")) for part in parts]
    labels = [
        _labels(f"{where}y{part}", found[f"y{part}"], len(x))
        for part, x in zip(parts, images, strict=True)
    ]
    names = [str(c) for c in range(_count_classes(f"{where}y{parts[0]}", labels[0]))]
    forms = [f"{part.dtype} {part.shape[1:]}" for part in images]
    if forms[0] != forms[-1]:
        raise InputError(
            f"{where}training images are {forms[0]}, test images {forms[1]}"
        )
    if labels[-1].max() >= len(names):
        raise InputError(
            f"{where}a test image has the label {labels[-1].max()}, but there are "
            f"{len(names)} classes in training"
        )
    if images[0].dtype.kind == "f" and max(part.max() for part in images) <= 1:
        images = [part * np.float32(255) for part in images]
    labels = [part.astype(np.int32) for part in labels]
    if len(parts) == 2:
        return Found(Arrays(images[0], labels[0], images[1], labels[1]), names)
    held_out = hold_out(labels[0], share, names)
    return Found(Arrays.parted(images[0], labels[0], held_out), names, True)


def _images(where: str, images: np.ndarray) -> np.ndarray:
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or images.size == 0:
        raise InputError(
            f"{where} must be images (N, H, W) or (N, H, W, C), not {images.shape}"
        )
    if images.shape[1] in (1, 3) and min(images.shape[2:]) > 4:
        raise InputError(
            f"{where} of the shape {images.shape} has its channels first; give "
            "x.transpose(0, 2, 3, 1)"
        )
    if images.dtype.kind not in "uif":
        raise InputError(f"{where} must be uint8 or float, not {images.dtype}")
    low, high = images.min(), images.max()
    # The least or the greatest of values with a NaN among them is NaN.
    if not (low >= 0 and high <= 255):
        raise InputError(
            f"{where} must be in 0..255 or 0..1, but goes from {low} to {high}"
        )
    kind = np.float32 if images.dtype.kind == "f" else np.uint8
    return images.astype(kind, copy=False)


def _labels(where: str, labels: np.ndarray, count: int) -> np.ndarray:
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.shape != (count,):
        raise InputError(
            f"{where} must be one label for each of the {count} images, not an array "
            f"of {labels.shape}: this is single-label classification; of one-hot "
            "labels give labels.argmax(axis=1)"
        )
    if labels.dtype.kind not in "iu":
        raise InputError(
            f"{where} must be integers, the numbers of classes, not {labels.dtype}; of "
            "names give np.unique(labels, return_inverse=True)[1]"
        )
    if labels.min() < 0:
        raise InputError(f"{where} holds the negative label {labels.min()}")
    return labels


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
