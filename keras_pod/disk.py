"""What has to be on the disk, in case the machine stops."""

import os
from pathlib import Path


def to_disk(path: Path) -> None:
    """Has the system write what it holds of a file, or of a folder's names."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
