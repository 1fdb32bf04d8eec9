"""A data set in one NumPy .npz file."""

import math
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from keras_pod.core.errors import InputError
from keras_pod.data.arrays import MAX_BYTES, Arrays
from keras_pod.data.splits import TEST_SHARE, hold_out

_SPLIT = ("x_train", "y_train", "x_test", "y_test")
_WHOLE = ("x", "y")
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    """One array, of which no more is unpacked than the archive's list says.

    Raises:
        ValueError: if its header promises another size: NumPy would allocate that.
    """
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{info.filename} is not compressed as NumPy does it")
    with archive.open(info) as file:
        version = npy.read_magic(file)
        if version not in _HEADERS:
            raise ValueError(f"{info.filename} has a header of version {version}")
        shape, _, dtype = _HEADERS[version](file)
        promised = math.prod(shape) * max(dtype.itemsize, 1)
        held = info.file_size - file.tell()
        if held != promised and not dtype.hasobject:
            raise ValueError(
                f"{info.filename} holds {held} bytes where its header promises "
                f"{promised}"
            )
        file.seek(0)
        # Pickled objects could run code: never allowed.
        return npy.read_array(file, allow_pickle=False)


def _arrays(archive: zipfile.ZipFile, path: Path) -> dict[str, np.ndarray]:
    """The four arrays or the two, if they fit in memory."""
    held = {
        info.filename.removesuffix(".npy"): info
        for info in archive.infolist()
        if info.filename.endswith(".npy")
    }
    for keys in (_SPLIT, _WHOLE):
        if set(keys) <= set(held):
            size = sum(held[key].file_size for key in keys)
            if size >= MAX_BYTES:
                raise InputError(
                    f"the arrays of '{path}' take {size / 1024**3:.1f} GiB: only less "
                    "than 2 GiB are read; store images as uint8, fewer or smaller ones"
                )
            return {key: _array(archive, held[key]) for key in keys}
    raise InputError(
        f"'{path}' must hold x_train, y_train, x_test and y_test, or x and y; "
        f"it holds {', '.join(held) or 'nothing'}"
    )


def _load(path: Path) -> dict[str, np.ndarray]:
    try:
        with path.open("rb") as file:
            if file.read(len(npy.MAGIC_PREFIX)) == npy.MAGIC_PREFIX:
                raise InputError(f"cannot read '{path}': it is a .npy file, not .npz")
            with zipfile.ZipFile(file) as archive:
                return _arrays(archive, path)
    except InputError:
        raise
    except (
        OSError,
        ValueError,
        EOFError,
        # An archive with a password.
        RuntimeError,
        zlib.error,
        zipfile.BadZipFile,
    ) as error:
        raise InputError(f"cannot read '{path}': {error}") from error


def _check_images(where: str, images: np.ndarray) -> np.ndarray:
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or images.size == 0:
        raise InputError(
            f"{where} must be images (N, H, W) or (N, H, W, C), not {images.shape}"
        )
    if images.dtype.kind not in "uif":
        raise InputError(f"{where} must be uint8 or float, not {images.dtype}")
    if images.dtype.kind == "f" and not np.isfinite(images).all():
        raise InputError(f"{where} holds values that are NaN or infinite")
    low, high = images.min(), images.max()
    if low < 0 or high > 255:
        raise InputError(
            f"{where} must be in 0..255 or 0..1, but goes from {low} to {high}"
        )
    return images.astype(np.float32 if images.dtype.kind == "f" else np.uint8)


def _check_labels(where: str, labels: np.ndarray, count: int) -> np.ndarray:
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.shape != (count,):
        raise InputError(
            f"{where} must be one label for each of the {count} images, "
            f"not an array of {labels.shape}"
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
    floats = [part for part in parts if part.dtype.kind == "f"]
    if floats and max(part.max() for part in floats) <= 1:
        parts = tuple(p * np.float32(255) if p.dtype.kind == "f" else p for p in parts)
    if 0 < len(floats) < len(parts):
        parts = tuple(part.astype(np.float32) for part in parts)
    return list(parts)


def has_test_images(path: Path) -> bool:
    """Whether a file that `read_npz` can read has test images of its own."""
    with np.load(path) as file:
        return set(_SPLIT) <= set(file.files)


def read_npz(path: Path) -> tuple[Arrays, list[str]]:
    """Images and labels from `x_train, y_train, x_test, y_test`, or `x, y`.

    Images (N, H, W) or (N, H, W, C): integers in 0..255 become uint8. Floats
    stay float32 in the range 0..255; if none is above 1 they are taken to be
    in 0..1 and multiplied by 255. Labels are integers 0..k-1, (N,) or (N, 1).
    `x, y` are parted, the same 80 % of each class for training every time.

    Raises:
        InputError: if the file or what it holds is not like this, or takes 2 GiB or
            more.
    """
    found = _load(path)
    whole = set(found) == set(_WHOLE)
    x_name, y_name = _WHOLE if whole else _SPLIT[:2]
    x_train = _check_images(f"'{path}': {x_name}", found[x_name])
    y_train = _check_labels(f"'{path}': {y_name}", found[y_name], len(x_train))
    classes = _count_classes(f"'{path}': {y_name}", y_train)
    class_names = [str(c) for c in range(classes)]
    if whole:
        (x_train,) = _to_byte_range(x_train)
        kept, held = hold_out(y_train, TEST_SHARE, class_names)
        arrays = Arrays(x_train[kept], y_train[kept], x_train[held], y_train[held])
        return arrays, class_names
    x_test = _check_images(f"'{path}': x_test", found["x_test"])
    y_test = _check_labels(f"'{path}': y_test", found["y_test"], len(x_test))
    if x_train.shape[1:] != x_test.shape[1:]:
        raise InputError(
            f"'{path}': training images are {x_train.shape[1:]}, "
            f"test images {x_test.shape[1:]}"
        )
    if y_test.max() >= classes:
        raise InputError(
            f"'{path}': y_test holds the label {y_test.max()}, y_train does not"
        )
    x_train, x_test = _to_byte_range(x_train, x_test)
    return Arrays(x_train, y_train, x_test, y_test), class_names
