"""A checkpoint: a folder with weights and other state, whole or not at all."""

import errno
import json
import os
import shutil
import zlib
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_pod.callbacks.resuming.plain_state import decode, encode
from keras_pod.core.disk import to_disk, write_model
from keras_pod.core.errors import InputError

# Keras's own file, which `model.load_weights` reads too.
_WEIGHTS = "model.weights.h5"
_STATE = "state.json"
_ARRAYS = "arrays.npz"
_CHECKSUMS = "checksums.json"


class Damaged(Exception):
    """A checkpoint that is not what was written."""


def write(folder: Path, model: keras.Model, state: dict[str, Any]) -> None:
    """Writes weights, optimizer and plain state beside `folder`, then renames.

    Raises:
        OSError: it could not be written, for example on a full disk; the checkpoints
            before it are as they were.
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
    except Exception as error:
        shutil.rmtree(beside, ignore_errors=True)
        if not isinstance(error, OSError):
            raise
        raise _explained(error, folder) from error


def read(folder: Path) -> dict[str, Any]:
    """The state that `write` was given, after a look at every byte of the folder.

    Raises:
        Damaged: something is missing, cut off or changed.
    """
    try:
        written = json.loads((folder / _CHECKSUMS).read_text())
        found = _checksums(folder)
    except (OSError, ValueError) as error:
        raise Damaged(str(error)) from error
    if found != written:
        raise Damaged(f"it has checksums {found}, and was written with {written}")
    try:
        held = json.loads((folder / _STATE).read_text())
        with np.load(folder / _ARRAYS, allow_pickle=False) as file:
            arrays = [file[name] for name in file.files]
        state = decode(held["state"], arrays)
        if not isinstance(state["epochs_done"], int) or "optimizer" not in held:
            raise ValueError("it does not hold the state of a training")
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise Damaged(f"{_STATE}: {error}") from error
    return state


def load(folder: Path, model: keras.Model) -> None:
    """Gives the model and its optimizer the weights of a checkpoint that was `read`.

    Raises:
        InputError: it is another model's or another optimizer's.
    """
    held = json.loads((folder / _STATE).read_text())
    # Keras only warns about an optimizer's variables that do not fit.
    if held["optimizer"] != _shapes(model):
        raise InputError(
            f"{folder} was made with another optimizer or another model; remove the "
            "folder to start anew."
        )
    model.load_weights(folder / _WEIGHTS)


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


def _explained(error: OSError, folder: Path) -> OSError:
    number = error.errno or errno.EIO
    reason = str(error)
    if number == errno.ENOSPC:
        reason = "the disk is full; free some space, and the same call goes on"
    return OSError(
        number,
        f"the state of training could not be written to {folder} (checkpoints before "
        f"it are kept): {reason}",
    )
