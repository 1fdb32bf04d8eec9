"""A checkpoint: a folder with weights and other state, whole or not at all.

Weights are in Keras's own file, which `model.load_weights` reads too. Plain values are
JSON, and their arrays an `.npz` file, so that nothing is pickled.
"""

import errno
import json
import os
import shutil
import zlib
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_pod.core.disk import to_disk, write_model
from keras_pod.core.errors import InputError

_WEIGHTS = "model.weights.h5"
_STATE = "state.json"
_ARRAYS = "arrays.npz"
_CHECKSUMS = "checksums.json"


class Damaged(Exception):
    """A checkpoint that is not what was written."""


def write(folder: Path, model: keras.Model, state: dict[str, Any]) -> None:
    """Write weights, optimizer and plain state beside `folder`, then rename.

    Raise OSError if it cannot be written; the checkpoints before it are as they were.
    """
    beside = folder.with_name("writing")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir()
        write_model(beside / _WEIGHTS, model.save_weights)
        arrays: list[np.ndarray] = []
        held = {"state": encode(state, arrays), "optimizer": _shapes(model)}
        (beside / _STATE).write_text(json.dumps(held))
        np.savez(beside / _ARRAYS, *arrays)
        (beside / _CHECKSUMS).write_text(json.dumps(_checksums(beside)))
        for path in (*beside.iterdir(), beside):
            to_disk(path)
        # Only a damaged one can be there: training starts from a whole one.
        shutil.rmtree(folder, ignore_errors=True)
        os.rename(beside, folder)
        # The rename is on the disk before the older checkpoints go.
        to_disk(folder.parent)
    except OSError as error:
        reason = str(error)
        if error.errno == errno.ENOSPC:
            reason = "the disk is full; free some space, and the same call goes on"
        raise OSError(
            error.errno or errno.EIO,
            f"the state of training could not be written to {folder} (checkpoints "
            f"before it are kept): {reason}",
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def read(folder: Path) -> dict[str, Any]:
    """The state that `write` was given; raise Damaged if any byte was changed."""
    try:
        found = _checksums(folder)
        written = json.loads((folder / _CHECKSUMS).read_text())
        if found != written:
            raise ValueError(f"it has checksums {found}, was written with {written}")
        held = json.loads((folder / _STATE).read_text())
        with np.load(folder / _ARRAYS, allow_pickle=False) as file:
            return decode(held["state"], [file[name] for name in file.files])
    except (OSError, ValueError) as error:
        raise Damaged(str(error)) from error


def load(folder: Path, model: keras.Model) -> None:
    """Give the model and its optimizer the weights of a checkpoint that was `read`.

    Raise InputError if it is another model's or another optimizer's.
    """
    held = json.loads((folder / _STATE).read_text())
    # Keras only warns about an optimizer's variables that do not fit.
    if held["optimizer"] != _shapes(model):
        raise InputError(
            f"{folder} was made with another optimizer or another model; remove the "
            "folder to start anew."
        )
    model.load_weights(folder / _WEIGHTS)


def encode(value: Any, arrays: list[np.ndarray]) -> Any:
    """A plain value as what JSON can hold; its arrays go to `arrays`, as bytes.

    Raise TypeError for anything but None, a bool, number or str, a NumPy array or
    scalar, and lists, tuples and dicts of them.

    >>> arrays = []
    >>> encode({"best": 0.5, "at": (1, 2)}, arrays)
    {'dict': [['best', 0.5], ['at', {'tuple': [1, 2]}]]}
    >>> encode(np.zeros((2, 1), "float32"), arrays), arrays[0].size
    ({'array': [0, '<f4', [2, 1]]}, 8)
    """
    # Exactly these types: a subclass may hold more than its value.
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) in (list, tuple):
        return {type(value).__name__: [encode(v, arrays) for v in value]}
    if type(value) is dict:
        pairs = [[encode(k, arrays), encode(v, arrays)] for k, v in value.items()]
        return {"dict": pairs}
    is_array = type(value) is np.ndarray
    if is_array or isinstance(value, np.generic):
        dtype = value.dtype
        if not (dtype.hasobject or dtype.names):
            # NumPy writes bfloat16, which it does not know itself, as bytes: <V2.
            name = dtype.name if dtype.kind == "V" else dtype.str
            held = [len(arrays), name, list(value.shape)]
            arrays.append(np.ascontiguousarray(value).reshape(-1).view(np.uint8))
            return {"array" if is_array else "scalar": held}
    raise TypeError(
        "the state of a callback must be of numbers, text, NumPy arrays and lists and "
        f"dicts of them, got a {type(value).__name__}: {value!r}."
    )


def decode(encoded: Any, arrays: list[np.ndarray]) -> Any:
    """The value that `encode` was given."""
    if not isinstance(encoded, dict):
        return encoded
    [(kind, held)] = encoded.items()
    if kind == "dict":
        return {decode(k, arrays): decode(v, arrays) for k, v in held}
    if kind in ("list", "tuple"):
        values = [decode(v, arrays) for v in held]
        return values if kind == "list" else tuple(values)
    place, dtype, shape = held
    array = arrays[place].view(np.dtype(dtype)).reshape(shape)
    return array if kind == "array" else array[()]


def _shapes(model: keras.Model) -> list[list[int]]:
    return [list(v.shape) for v in model.optimizer.variables]


def _checksums(folder: Path) -> dict[str, int]:
    return {name: _checksum(folder / name) for name in (_WEIGHTS, _STATE, _ARRAYS)}


def _checksum(path: Path) -> int:
    value = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            value = zlib.crc32(block, value)
    return value
