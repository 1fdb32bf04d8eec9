"""Write files whole or not at all, and have them on the disk."""

import csv
import errno
import io
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from keras_pod.core.errors import InputError


def to_disk(path: Path) -> None:
    """Have the system write what it holds of a file, or of a folder's names."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# How the name of a file begins while it is written.
BESIDE = ".writing-"


def check_folder(path: Path, flag: str = "--out") -> None:
    """Raise InputError, before any work is done, for what cannot be written to."""
    there = next((p for p in (path, *path.parents) if p.exists()), None)
    if there and not there.is_dir():
        raise InputError(f"{flag} {path}: {there} is a file; name a folder.")
    if there and not os.access(there, os.W_OK):
        raise InputError(f"{flag} {path}: {there} cannot be written to.")


def write_csv(
    path: Path,
    columns: Sequence[str],
    rows: Iterable[dict[str, Any]],
    durable: bool = False,
) -> None:
    """Write a table with a header, whole or not at all; see `write_whole`."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, lambda beside: beside.write_text(text.getvalue()), durable)


def write_whole(
    path: Path, write: Callable[[Path], Any], durable: bool = False
) -> None:
    """Have `write` make a file beside `path`, then rename it to `path`.

    An interrupted write leaves what was there before. A `durable` one outlasts a
    machine that stops, for where something else is removed because of it. The OSError
    of a full disk says so.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{BESIDE}{os.getpid()}-{path.name}")
    try:
        write(beside)
        if durable:
            to_disk(beside)
        os.replace(beside, path)
        if durable:
            to_disk(path.parent)
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno == errno.ENOSPC:
            reason = "the disk is full; free some space, and the same command goes on"
        raise OSError(error.errno or errno.EIO, reason, str(path)) from error
    finally:
        beside.unlink(missing_ok=True)


class _InMemory(io.BytesIO):
    """A file in memory that has the name by which Keras chooses the format."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def __str__(self) -> str:
        return self._name


def write_model(path: Path, save: Callable[[Any], Any]) -> None:
    """Have `model.save` or `save_weights` save into memory, and write the bytes.

    HDF5 ends the process with a segmentation fault where the disk is full. Plain
    bytes raise an OSError.
    """
    memory = _InMemory(path.name)
    save(memory)
    path.write_bytes(memory.getbuffer())
