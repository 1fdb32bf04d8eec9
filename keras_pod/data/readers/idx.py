"""Data sets in MNIST's IDX files, such as Debian's dataset-fashion-mnist."""

import gzip
import math
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from keras_pod.core.errors import InputError
from keras_pod.data.arrays import MAX_BYTES, Arrays, check_parts

# Debian's package dataset-fashion-mnist puts the files there.
DEBIAN_FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")

CLASS_NAMES = {
    "mnist": [str(d) for d in range(10)],
    "fashion_mnist": [
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ],
}

_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
_UINT8 = 8
# NumPy has about the same limit.
_MAX_RANK = 32


def _find(folder: Path, name: str) -> Path | None:
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    return None


def has_idx_files(folder: Path) -> bool:
    """Return whether the folder holds any of the four files, gzipped or not."""
    return any(_find(folder, name) for name in _FILES)


def _header(file: BinaryIO, path: Path) -> list[int]:
    """Read the shape that an IDX file promises."""
    begin = file.read(4)
    if len(begin) < 4 or begin[:3] != bytes([0, 0, _UINT8]) or begin[3] > _MAX_RANK:
        raise InputError(f"'{path}' is not an IDX file of bytes")
    rank = begin[3]
    numbers = file.read(4 * rank)
    if len(numbers) < 4 * rank:
        raise InputError(f"'{path}' ends within its header")
    return [int(n) for n in np.frombuffer(numbers, ">u4")]


def read_idx_file(path: Path) -> np.ndarray:
    """Read one IDX file of bytes, gzipped if its name ends in .gz, as uint8.

    Raises:
        InputError: if it cannot be read, is no such file, or holds 2 GiB or more.
    """
    try:
        opened = gzip.open(path) if path.suffix == ".gz" else path.open("rb")
        with opened as file:
            shape = _header(file, path)
            # The numbers of a header may overflow NumPy's product.
            count = math.prod(shape)
            # NumPy refuses a large shape even where one of its numbers is 0.
            if math.prod(max(n, 1) for n in shape) >= MAX_BYTES:
                promised = "x".join(map(str, shape))
                raise InputError(
                    f"the header of '{path}' promises {promised} values; only files of "
                    f"less than {MAX_BYTES / 1024**3:.0f} GiB are read"
                )
            # No more is read than promised: a small file may unpack to any size.
            data = file.read(count + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot read '{path}': {error}") from error
    if len(data) != count:
        held = f"{len(data)} values" if len(data) < count else "more values"
        raise InputError(f"'{path}' holds {held}; its header promises {count}")
    return np.frombuffer(data, np.uint8).reshape(shape)


def read_idx(name: str, folder: Path) -> tuple[Arrays, list[str]]:
    """Read the data set `name` (a key of `CLASS_NAMES`) from its four files.

    Raises:
        InputError: if a file is missing, unreadable, or does not go with the
            others.
    """
    class_names, parts = list(CLASS_NAMES[name]), []
    for file_name in _FILES:
        path = _find(folder, file_name)
        if path is None:
            raise InputError(f"'{folder}' has no file {file_name}.gz for '{name}'")
        part = read_idx_file(path)
        rank = 3 if "images" in file_name else 1
        if part.ndim != rank or part.size == 0:
            raise InputError(
                f"'{path}' has the shape {part.shape}, "
                f"not {rank} dimension(s) with something in them"
            )
        parts.append(part[..., None] if rank == 3 else part.astype(np.int32))
    arrays = Arrays(*parts)
    check_parts(f"'{folder}': ", arrays, len(class_names))
    missing = sorted(set(range(len(class_names))) - set(arrays.y_train.tolist()))
    if missing:
        raise InputError(f"'{folder}': no training image has the label {missing[0]}")
    return arrays, class_names
