"""Data sets in MNIST's IDX files, such as Debian's dataset-fashion-mnist."""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from keras_pod.core.errors import InputError
from keras_pod.data.arrays import MAX_BYTES, Found, checked_arrays

# Debian's package dataset-fashion-mnist puts the files there.
DEBIAN_FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")

CLASS_NAMES = {
    "mnist": list("0123456789"),
    "fashion_mnist": (
        "T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot"
    ).split(","),
}

_FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


def _find(folder: Path, name: str) -> Path | None:
    paths = (folder / f"{name}.gz", folder / name)
    return next((path for path in paths if path.is_file()), None)


def idx_folder(name: str, data_dir: Path | None) -> Path | None:
    """Return the folder that holds IDX files of MNIST or Fashion-MNIST, if any."""
    if name not in CLASS_NAMES:
        return None
    debian = DEBIAN_FASHION_MNIST if name == "fashion_mnist" else None
    for folder in filter(None, (data_dir, debian)):
        if any(_find(folder, file) for file in _FILES.values()):
            return folder
    return None


def read_idx_file(path: Path, rank: int) -> np.ndarray:
    """Read an IDX file of bytes with `rank` dimensions, gzipped if it is called .gz."""
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
            begin, numbers = file.read(4), file.read(4 * rank)
            if begin != bytes([0, 0, 8, rank]) or len(numbers) < 4 * rank:
                raise InputError(
                    f"'{path}' is not an IDX file of bytes with {rank} dimension(s)"
                )
            shape = np.frombuffer(numbers, ">u4").tolist()
            count = math.prod(shape)
            if count >= MAX_BYTES:
                raise InputError(f"'{path}' has {count} values: 2 GiB or more")
            # No more is read than promised: a small file may unpack to any size.
            data = file.read(count + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot read '{path}': {error}") from error
    if len(data) != count:
        raise InputError(f"'{path}' does not hold the {count} values of its header")
    return np.frombuffer(data, np.uint8).reshape(shape)


def read_idx(name: str, folder: Path) -> Found:
    """Read the data set `name` (a key of `CLASS_NAMES`) from its four files."""
    found = {}
    for key, file_name in _FILES.items():
        path = _find(folder, file_name)
        if path is None:
            raise InputError(f"'{folder}' has no file {file_name}.gz for '{name}'")
        found[key] = read_idx_file(path, 3 if key.startswith("x") else 1)
    read, names = checked_arrays(found, f"'{folder}': ", 0), CLASS_NAMES[name]
    if len(read.class_names) != len(names):
        raise InputError(
            f"'{folder}' has {len(read.class_names)} classes; '{name}' has {len(names)}"
        )
    return read._replace(class_names=names)
