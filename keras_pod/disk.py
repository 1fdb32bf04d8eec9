"""Writing to disks that may be full, on machines that may stop."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


class _InMemory(io.BytesIO):
    """A file in memory that has the name by which Keras chooses the format."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def __str__(self) -> str:
        return self._name


def write_model(path: Path, save: Callable[[Any], Any]) -> None:
    """Have Keras save into memory, and write the bytes to `path`.

    HDF5 ends the process with a segmentation fault where the disk is full. Plain
    bytes raise an OSError.

    Args:
        path: the file; ".keras" or ".weights.h5".
        save: `model.save` or `model.save_weights`.

    Raises:
        OSError: the file cannot be written.
    """
    memory = _InMemory(path.name)
    save(memory)
    path.write_bytes(memory.getbuffer())


def to_disk(path: Path) -> None:
    """Has the system write what it holds of a file, or of a folder's names."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
