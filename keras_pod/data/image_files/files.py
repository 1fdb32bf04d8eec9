"""Image files: finding, decoding and fitting them to a shape."""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data.image_files.photo import middle, to_uint8
from keras_pod.data.image_files.pixels import check_pixels, not_whole

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")


def plain_name(name: str, where: str) -> str:
    """`name`, which must not lead to another folder.

    Args:
        name: The name of a file or folder, from a list that came with the data.
        where: The list, for the message.

    Raises:
        InputError: if it is empty or holds a separator of paths.

    >>> plain_name("val_0.JPEG", "val_annotations.txt")
    'val_0.JPEG'
    """
    bad = name in ("", ".", "..") or any(c in name for c in "/\\:") or "\0" in name
    if bad:
        raise InputError(
            f"{where} names {name!r}, which is not the plain name of a file or folder; "
            "the data set is not the one its authors distribute"
        )
    return name


def check_inside(path: Path, folder: Path) -> None:
    """Refuse a path within a folder that links to somewhere outside it.

    Raises:
        InputError: naming the link.
    """
    # A loop of links is none that exists either.
    if path.is_symlink() and not path.exists():
        raise InputError(f"'{path}' is a link that leads nowhere")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"'{path}' is a link that leads out of '{folder}'")


def is_image_name(path: Path) -> bool:
    """Whether a file's name is that of an image; hidden files are not."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def decode(path: Path) -> np.ndarray:
    """One image file as uint8 (h, w, 1) or (h, w, 3).

    Transparency is dropped; of an animation the first frame is taken.

    Raises:
        InputError: naming the file, if it cannot be read or is too large.
    """
    if path.exists() and not path.is_file():
        # To read a pipe is to wait for it.
        raise InputError(f"cannot read '{path}': it is not a regular file")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror}") from error
    return decode_bytes(data, str(path))


def decode_bytes(data: bytes, where: str) -> np.ndarray:
    """As `decode`, from the bytes of a file that messages call `where`.

    Raises:
        InputError: if they are not an image, or one that is too large.
    """
    check_pixels(data, where)
    try:
        with tf.device("CPU:0"):
            image = tf.io.decode_image(data, expand_animations=False).numpy()
            if image.shape[-1] == 4 and tf.io.is_jpeg(data):
                # Four channels of a JPEG file are CMYK, not RGB and alpha.
                image = tf.io.decode_jpeg(data, channels=3).numpy()
    except tf.errors.OpError as error:
        raise not_whole(where) from error
    return image[..., : 3 if image.shape[-1] >= 3 else 1]


def resize(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A uint8 image (h, w, c) resized to (height, width), antialiased."""
    if image.shape[:2] == tuple(size):
        return image
    with tf.device("CPU:0"):
        return to_uint8(tf.image.resize(image, size, antialias=True)).numpy()


def set_channels(image: np.ndarray, channels: int) -> np.ndarray:
    """A uint8 image (h, w, c) with 1 (grey) or 3 (RGB) channels."""
    if image.shape[-1] == channels:
        return image
    if channels == 3:
        return np.repeat(image, 3, axis=-1)
    with tf.device("CPU:0"):
        return tf.image.rgb_to_grayscale(image).numpy()


def read_image(
    path: str | os.PathLike[str],
    image_shape: tuple[int, int, int],
    short_side: int | None = None,
) -> np.ndarray:
    """One image file as a data set's images are: uint8 of `image_shape`.

    Args:
        path: A PNG, JPEG, BMP or GIF file.
        image_shape: (height, width, channels), 1 or 3 channels.
        short_side: The `test_short_side` of a streamed set, to cut out the middle as
            it does; None to resize the whole image.

    Raises:
        InputError: if the file cannot be read, or no image file can have such
            a shape.
    """
    height, width, channels = image_shape
    if channels not in (1, 3):
        raise InputError(
            f"image files have 1 or 3 channels, not {channels} as this data set"
        )
    image = decode(Path(path))
    if short_side is None:
        image = resize(image, (height, width))
    else:
        try:
            with tf.device("CPU:0"):
                image = middle(image, (height, width), short_side).numpy()
        except tf.errors.InvalidArgumentError as error:
            raise InputError(
                f"'{path}' of {image.shape[1]}x{image.shape[0]} pixels is too long for "
                f"its width: its shorter side would become {short_side}"
            ) from error
    return set_channels(image, channels)


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
        elif path.exists():
            found.append(path)
        else:
            raise InputError(f"'{path}' does not exist")
    return found
