"""A data set in one NumPy .npz file."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from keras_pod.core.errors import InputError
from keras_pod.data.arrays import MAX_BYTES, Found, checked_arrays
from keras_pod.data.splits import TEST_SHARE

_SPLIT = {"x_train", "y_train", "x_test", "y_test"}
_WHOLE = {"x", "y"}
# A RuntimeError is one of an archive with a password.
_DAMAGED = (OSError, ValueError, EOFError, RuntimeError, OverflowError, MemoryError)
_DAMAGED += (zlib.error, zipfile.BadZipFile, NotImplementedError)
# They could run code.
_OBJECTS = (
    "it holds Python objects (texts, or lists); store numbers: images as uint8, labels "
    "as integers"
)


def read_npz(path: Path) -> Found:
    """Read images and labels from `x_train, y_train, x_test, y_test`, or `x, y`.

    Images (N, H, W) or (N, H, W, C): integers in 0..255 become uint8. Floats
    stay float32 in the range 0..255; if none is above 1 they are taken to be
    in 0..1 and multiplied by 255. Labels are integers 0..k-1, (N,) or (N, 1).
    `x, y` are parted, the same 80 % of each class for training every time.
    """
    try:
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                raise InputError(
                    f"cannot read '{path}': it is not whole, or not a file as np.savez "
                    "writes them (a .npy file holds one array only)"
                )
        with np.load(path) as file:
            keys = next((k for k in (_SPLIT, _WHOLE) if k <= {*file.files}), None)
            if keys is None:
                raise InputError(
                    f"'{path}' must hold x_train, y_train, x_test and y_test, or x and "
                    f"y; it holds {', '.join(file.files) or 'nothing'}"
                )
            members = file.zip.infolist()
            wanted = [m for m in members if m.filename.removesuffix(".npy") in keys]
            size = sum(member.file_size for member in wanted)
            if size >= MAX_BYTES:
                raise InputError(
                    f"the arrays of '{path}' take {size / 1024**3:.1f} GiB: only less "
                    "than 2 GiB are read; store images as uint8, fewer or smaller ones"
                )
            found = {key: np.asarray(file[key]) for key in keys}
    except InputError:
        raise
    except _DAMAGED as error:
        objects = "allow_pickle" in str(error)
        raise InputError(
            f"cannot read '{path}': {_OBJECTS if objects else error}"
        ) from error
    return checked_arrays(found, f"'{path}': ", TEST_SHARE)
