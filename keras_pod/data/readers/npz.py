"""A data set in one NumPy .npz file."""

import zipfile
from pathlib import Path

import numpy as np

from keras_pod.core.errors import InputError
from keras_pod.data.arrays import MAX_BYTES, Found, checked_arrays
from keras_pod.data.splits import TEST_SHARE

_SPLIT = {"x_train", "y_train", "x_test", "y_test"}
_WHOLE = {"x", "y"}


def read_npz(path: Path) -> Found:
    """Read images and labels from `x_train, y_train, x_test, y_test`, or `x, y`.

    `x, y` are parted, the same 80 % of each class for training every time.
    """
    if not zipfile.is_zipfile(path):
        raise InputError(
            f"cannot read '{path}': it is not whole, or not a file as np.savez writes "
            "them (a .npy file holds one array only)"
        )
    try:
        with np.load(path) as file:
            keys = next((k for k in (_SPLIT, _WHOLE) if k <= {*file.files}), None)
            if keys is None:
                raise InputError(
                    f"'{path}' must hold x_train, y_train, x_test and y_test, or x and "
                    f"y; it holds {', '.join(file.files) or 'nothing'}"
                )
            size = sum(member.file_size for member in file.zip.infolist())
            if size >= MAX_BYTES:
                raise InputError(
                    f"the arrays of '{path}' take {size / 1024**3:.1f} GiB: only less "
                    "than 2 GiB are read; store images as uint8, fewer or smaller ones"
                )
            found = {key: np.asarray(file[key]) for key in keys}
    except InputError:
        raise
    # A damaged archive fails in many ways.
    except Exception as error:
        # Objects could run code.
        objects = "it holds Python objects (texts, or lists); store numbers"
        raise InputError(
            f"cannot read '{path}': {objects if 'pickle' in str(error) else error}"
        ) from error
    return checked_arrays(found, f"'{path}': ", TEST_SHARE)
