"""A data set in one NumPy .npz file."""

import math
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.lib import format as npy

from keras_pod.core.errors import InputError
from keras_pod.data.arrays import MAX_BYTES, Arrays, check_parts
from keras_pod.data.splits import TEST_SHARE, hold_out

_SPLIT = ("x_train", "y_train", "x_test", "y_test")
_WHOLE = ("x", "y")
# A RuntimeError is one of an archive with a password.
_DAMAGED = (OSError, ValueError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile)
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


class _Member(NamedTuple):
    """An array in the archive, as its header describes it."""

    info: zipfile.ZipInfo
    shape: tuple[int, ...]
    dtype: np.dtype


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Member:
    """Read an array's header.

    Raises:
        ValueError: if it promises another size than the archive lists: NumPy would
            allocate that.
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
    if dtype.hasobject:
        # Pickled objects could run code.
        raise ValueError(
            f"{info.filename} holds Python objects (texts, or lists); store numbers: "
            "images as uint8, labels as integers"
        )
    if held != promised:
        raise ValueError(
            f"{info.filename} holds {held} bytes where its header promises {promised}"
        )
    return _Member(info, shape, dtype)


def _check_memory(members: dict[str, _Member], path: Path) -> None:
    """Refuse arrays that take too much memory, before they are unpacked.

    The images and labels that are kept may take 2 GiB. With everything that is in
    memory at the same time, as it is unpacked, converted and parted, it may be twice
    as much.
    """
    images = [members[key] for key in members if key.startswith("x")]
    itemsize = 4 if any(member.dtype.kind == "f" for member in images) else 1
    kept = most = 0
    for key, member in members.items():
        size = math.prod(member.shape) * (itemsize if key.startswith("x") else 4)
        as_it_is = member.dtype == np.uint8 and itemsize == 1
        kept += size
        # Floats are scaled, beside what else is converted.
        most += member.info.file_size + (0 if as_it_is else size)
    if set(members) == set(_WHOLE):
        most += kept
    if kept >= MAX_BYTES or most >= 2 * MAX_BYTES:
        raise InputError(
            f"the arrays of '{path}' take {kept / 1024**3:.1f} GiB, and "
            f"{most / 1024**3:.1f} GiB while they are read: only less than 2 and 4 GiB "
            "are read; store images as uint8, fewer or smaller ones"
        )


def _read_arrays(archive: zipfile.ZipFile, path: Path) -> dict[str, np.ndarray]:
    """Read the four arrays or the two, if they fit in memory."""
    held = {
        info.filename.removesuffix(".npy"): info
        for info in archive.infolist()
        if info.filename.endswith(".npy")
    }
    keys = next((keys for keys in (_SPLIT, _WHOLE) if set(keys) <= set(held)), None)
    if keys is None:
        raise InputError(
            f"'{path}' must hold x_train, y_train, x_test and y_test, or x and y; "
            f"it holds {', '.join(held) or 'nothing'}"
        )
    _check_memory({key: _member(archive, held[key]) for key in keys}, path)
    arrays = {}
    for key in keys:
        with archive.open(held[key]) as file:
            arrays[key] = npy.read_array(file, allow_pickle=False)
    return arrays


def _load(path: Path) -> dict[str, np.ndarray]:
    try:
        with path.open("rb") as file:
            if file.read(len(npy.MAGIC_PREFIX)) == npy.MAGIC_PREFIX:
                raise InputError(f"cannot read '{path}': it is a .npy file, not .npz")
            with zipfile.ZipFile(file) as archive:
                return _read_arrays(archive, path)
    except InputError:
        raise
    except _DAMAGED as error:
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


def _check_labels(where: str, labels: np.ndarray, count: int) -> np.ndarray:
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


def has_test_images(path: Path) -> bool:
    """Return whether a file that `read_npz` can read has test images of its own."""
    with np.load(path) as file:
        return set(_SPLIT) <= set(file.files)


def read_npz(path: Path) -> tuple[Arrays, list[str]]:
    """Read images and labels from `x_train, y_train, x_test, y_test`, or `x, y`.

    Images (N, H, W) or (N, H, W, C): integers in 0..255 become uint8. Floats
    stay float32 in the range 0..255; if none is above 1 they are taken to be
    in 0..1 and multiplied by 255. Labels are integers 0..k-1, (N,) or (N, 1).
    `x, y` are parted, the same 80 % of each class for training every time.

    Raises:
        InputError: if the file or what it holds is not like this, or takes too much
            memory: 2 GiB, or 4 GiB while it is read and converted.
    """
    return checked_arrays(_load(path), f"'{path}': ", TEST_SHARE)


def checked_arrays(
    found: dict[str, np.ndarray], where: str, share: float
) -> tuple[Arrays, list[str]]:
    """Check and convert `x_train, y_train, x_test, y_test`, or `x, y`.

    Args:
        found: The arrays by name; images are taken out of it.
        where: The beginning of a message.
        share: The part of `x, y` of each class to hold out as test images.

    Raises:
        InputError: if they are not as `read_npz` says.
    """
    parts = [""] if "x" in found else ["_train", "_test"]
    # Taken out, an array can go as soon as it is converted.
    images = [_check_images(f"{where}x{p}", found.pop(f"x{p}")) for p in parts]
    labels = [
        _check_labels(f"{where}y{p}", found[f"y{p}"], len(x))
        for p, x in zip(parts, images, strict=True)
    ]
    classes = _count_classes(f"{where}y{parts[0]}", labels[0])
    names = [str(c) for c in range(classes)]
    images = _to_byte_range(*images)
    if len(parts) == 1:
        (x,), (y,) = images, labels
        kept, held = hold_out(y, share, names)
        return Arrays(x[kept], y[kept], x[held], y[held]), names
    arrays = Arrays(images[0], labels[0], images[1], labels[1])
    check_parts(where, arrays, classes)
    return arrays, names
