"""Image files: finding, decoding and fitting them to a shape."""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import tensorflow as tf

from keras_pod.errors import InputError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")


def check_inside(path: Path, folder: Path) -> None:
    """Refuse a path within a folder that links to somewhere outside it.

    Raises:
        InputError: naming the link.
    """
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"'{path}' is a link that leads out of '{folder}'")


def is_image_name(path: Path) -> bool:
    """Whether a file's name is that of an image; hidden files are not."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def decode(path: Path) -> np.ndarray:
    """One image file as uint8 (h, w, 1) or (h, w, 3).

    Transparency is dropped; of an animation the first frame is taken.

    Raises:
        InputError: naming the file, if it cannot be read.
    """
    try:
        data = path.read_bytes()
        with tf.device("CPU:0"):
            image = tf.io.decode_image(data, expand_animations=False).numpy()
            if image.shape[-1] == 4 and tf.io.is_jpeg(data):
                # Four channels of a JPEG file are CMYK, not RGB and alpha.
                image = tf.io.decode_jpeg(data, channels=3).numpy()
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror}") from error
    except tf.errors.OpError as error:
        raise InputError(
            f"cannot read '{path}': it is not a whole PNG, JPEG, BMP or GIF image"
        ) from error
    return image[..., : 3 if image.shape[-1] >= 3 else 1]


def resize(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A uint8 image (h, w, c) resized to (height, width), antialiased."""
    if image.shape[:2] == tuple(size):
        return image
    with tf.device("CPU:0"):
        resized = tf.image.resize(image, size, antialias=True)
        return tf.cast(tf.clip_by_value(tf.round(resized), 0, 255), tf.uint8).numpy()


def set_channels(image: np.ndarray, channels: int) -> np.ndarray:
    """A uint8 image (h, w, c) with 1 (grey) or 3 (RGB) channels."""
    if image.shape[-1] == channels:
        return image
    if channels == 3:
        return np.repeat(image, 3, axis=-1)
    with tf.device("CPU:0"):
        return tf.image.rgb_to_grayscale(image).numpy()


def read_image(
    path: str | os.PathLike[str], image_shape: tuple[int, int, int]
) -> np.ndarray:
    """One image file as a data set's images are: uint8 of `image_shape`.

    Args:
        path: A PNG, JPEG, BMP or GIF file.
        image_shape: (height, width, channels), 1 or 3 channels.

    Raises:
        InputError: if the file cannot be read, or no image file can have such
            a shape.
    """
    height, width, channels = image_shape
    if channels not in (1, 3):
        raise InputError(
            f"image files have 1 or 3 channels, not {channels} as this data set"
        )
    return set_channels(resize(decode(Path(path)), (height, width)), channels)


def list_images(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
) -> list[Path]:
    """The image files that files and folders stand for.

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
            inside = sorted(
                Path(folder, name)
                for folder, _, names in os.walk(path)
                for name in names
                if is_image_name(Path(name))
            )
            if not inside:
                raise InputError(
                    f"'{path}' holds no image ({', '.join(SUFFIXES)} are read)"
                )
            for file in inside:
                check_inside(file, path)
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise InputError(f"'{path}' does not exist")
    return found
