"""Image files: finding them, and fitting them to the images of a data set."""

import os
import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data.image_files.decode import SUFFIXES, decode
from keras_pod.data.image_files.fit import middle, resize, set_channels


def check_inside(path: Path, folder: Path) -> None:
    """Raise InputError if a path within a folder links to somewhere outside it."""
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"'{path}' is a link that leads out of '{folder}'")


def choose_images(paths: Iterable[Path], folder: Path) -> list[Path]:
    """Choose the image files of a folder, by their suffixes; warn about the others.

    Hidden files are left out silently. A link that leads out is an error.
    """
    seen = [path for path in paths if not path.name.startswith(".")]
    chosen = [path for path in seen if path.suffix.lower() in SUFFIXES]
    for path in chosen:
        check_inside(path, folder)
    if others := [path for path in seen if path.suffix.lower() not in SUFFIXES]:
        named = ", ".join(
            ("the folder " if path.is_dir() else "") + str(path.relative_to(folder))
            for path in others[:5]
        )
        more = ", ..." if len(others) > 5 else ""
        warnings.warn(
            f"{len(others)} of {len(seen)} files in '{folder}' are left out, as their "
            f"names do not end in {', '.join(SUFFIXES)}: {named}{more}",
            stacklevel=2,
        )
    return chosen


def list_images(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
) -> list[Path]:
    """List the image files that files and folders stand for.

    Args:
        paths: One path or several. Folders are searched to the bottom, in
            sorted order; a file is taken whatever it is called.

    Raises:
        InputError: if a path does not exist, a folder holds no image, or a
            link in it leads out of it.
    """
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            below = (Path(at, name) for at, _, names in os.walk(path) for name in names)
            inside = choose_images(sorted(below), path)
            if not inside:
                raise InputError(
                    f"'{path}' holds no image ({', '.join(SUFFIXES)} are read)"
                )
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise InputError(f"'{path}' does not exist")
    return found


def read_image(
    path: str | os.PathLike[str],
    image_shape: tuple[int, int, int],
    short_side: int | None = None,
) -> np.ndarray:
    """Read one image file as a data set's images are: uint8 of `image_shape`.

    Args:
        path: A PNG, JPEG, BMP, GIF or WebP file.
        image_shape: (height, width, channels), 1 or 3 channels.
        short_side: The `test_short_side` of a streamed set, to cut out the middle as
            it does; None to resize the whole image.

    Raises:
        InputError: if the file cannot be read, or no image file can have such
            a shape.
    """
    size, channels = image_shape[:2], image_shape[2]
    if channels not in (1, 3):
        raise InputError(
            f"image files have 1 or 3 channels, not {channels} as this data set"
        )
    image = decode(Path(path))
    with tf.device("CPU:0"):
        if short_side is None:
            fitted = resize(image, size)
        else:
            fitted = middle(image, size, short_side)
        return set_channels(fitted, channels).numpy()
