"""load: from a name or a path to training and test images."""

import operator
import os
from pathlib import Path
from typing import Any

from keras_pod.data.arrays import Arrays
from keras_pod.data.augmentation import Augmentation, resolve
from keras_pod.data.digits import read_digits
from keras_pod.data.folder import read_folder
from keras_pod.data.idx import (
    CLASS_NAMES,
    DEBIAN_FASHION_MNIST,
    has_idx_files,
    read_idx,
)
from keras_pod.data.images import ImageData
from keras_pod.data.npz import read_npz
from keras_pod.data.splits import choose, hold_out
from keras_pod.data.tfds import COMMON, read_tfds
from keras_pod.errors import InputError

# The constants of the papers' published code, per channel in 0..1 units.
_MEAN_STD = {
    "cifar10": ([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010]),
    "cifar100": ([0.507, 0.487, 0.441], [0.267, 0.256, 0.276]),
}


def known_names() -> list[str]:
    """Names that `load` knows; other names of TensorFlow Datasets work too.

    >>> known_names()[:3]
    ['cifar10', 'cifar100', 'digits']
    """
    return sorted({"digits", *COMMON})


def _integer(what: str, value: Any, least: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if isinstance(value, bool) or not least <= number < 2**63:
        raise InputError(f"{what} must be an integer from {least} on, not {value!r}")
    return number


def _size(image_size: Any) -> tuple[int, int] | None:
    if image_size is None:
        return None
    try:
        height, width = image_size
    except (TypeError, ValueError):
        raise InputError(
            f"image_size must be (height, width), not {image_size!r}"
        ) from None
    return _integer("image height", height, 1), _integer("image width", width, 1)


def _is_path(name: str) -> bool:
    """Whether it means a file or folder; known names win over those."""
    if name in known_names():
        return False
    return (
        name.endswith(".npz")
        or name.startswith((".", "~", "/"))
        or Path(name).is_absolute()
        or Path(name).exists()
    )


def _read_path(path: Path, size: tuple[int, int] | None) -> tuple[Arrays, list[str]]:
    if path.is_dir():
        try:
            return read_folder(path, size)
        except OSError as error:
            raise InputError(f"cannot read '{path}': {error}") from error
    if not path.exists():
        raise InputError(f"'{path}' does not exist")
    if path.suffix != ".npz":
        raise InputError(f"'{path}' is neither a folder nor a .npz file")
    if size is not None:
        raise InputError("image_size is for folders of images, not for .npz files")
    return read_npz(path)


def _read_name(name: str, data_dir: Path | None) -> tuple[Arrays, list[str]]:
    if name == "digits":
        return read_digits()
    folders = [] if data_dir is None else [data_dir]
    if name == "fashion_mnist":
        folders.append(DEBIAN_FASHION_MNIST)
    if name in CLASS_NAMES:
        for folder in folders:
            if has_idx_files(folder):
                return read_idx(name, folder)
    return read_tfds(name, data_dir, tuple(known_names()))


def load(
    name: str | os.PathLike[str],
    *,
    batch_size: int = 128,
    seed: int = 0,
    augment: Augmentation | str | None = "auto",
    validation_split: float = 0.0,
    limit: int | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    image_size: tuple[int, int] | None = None,
) -> ImageData:
    """A data set, batched, augmented and prefetched.

    Args:
        name: "digits", "fashion_mnist", another name of TensorFlow Datasets
            whose images are of one size and fit in memory ("mnist", "cifar10",
            ...), the path of a folder of class folders (possibly within `train`
            and `test` or `val`), or that of a .npz file. Write "./digits" for a
            folder that is called as a known data set.
        batch_size: Images per batch.
        seed: Fixes, with the epoch, the order and the augmentation. What is
            training and what test data does not depend on it.
        augment: "auto" (what is usual for the data set), None or "none", or an
            `Augmentation`.
        validation_split: Share of the training images, of each class the same,
            that becomes `test`. The real test images are then not used: it is
            for choosing settings.
        limit: Use this many training images only, or all if there are fewer.
        data_dir: Where the files of "fashion_mnist" or "mnist" (IDX) or the
            prepared sets of TensorFlow Datasets are.
        image_size: (height, width) to which the images of a folder are resized.

    Returns:
        The data, as `ImageData`.

    Raises:
        InputError: saying what is wrong with an argument or the files.

    >>> data = load("digits", batch_size=100)
    >>> data
    <ImageData digits: 10 classes, 8x8x1, 1437 training and 360 test images>
    >>> images, labels = next(iter(data.train))
    >>> images.shape, images.dtype.name, labels.dtype.name
    (TensorShape([100, 8, 8, 1]), 'uint8', 'int32')
    """
    batch_size = _integer("batch_size", batch_size, 1)
    seed = _integer("seed", seed, 0)
    limit = None if limit is None else _integer("limit", limit, 1)
    size = _size(image_size)
    if isinstance(validation_split, bool) or not (
        isinstance(validation_split, int | float) and 0 <= validation_split < 1
    ):
        raise InputError(
            "validation_split must be at least 0 and less than 1, "
            f"not {validation_split!r}"
        )
    if isinstance(augment, str) and augment not in ("auto", "none"):
        raise InputError(
            f"augment must be 'auto', 'none' or an Augmentation, not {augment!r}"
        )
    given = os.fspath(name)
    if not isinstance(given, str) or not given:
        raise InputError(f"the data set must be a name or a path, not {name!r}")

    if not isinstance(name, str) or _is_path(given):
        path = Path(given).expanduser()
        arrays, class_names = _read_path(path, size)
        shown, family = path.resolve().stem if path.is_file() else path.name, ""
        shown = shown or path.resolve().name
    else:
        if size is not None:
            raise InputError(f"image_size is for folders of images, not for '{given}'")
        folder = None if data_dir is None else Path(data_dir).expanduser()
        arrays, class_names = _read_name(given, folder)
        shown, family = given, given.split(":")[0].split("/")[0]

    x_train, y_train, x_test, y_test = arrays
    if validation_split:
        kept, held = hold_out(y_train, validation_split, class_names)
        x_test, y_test = x_train[held], y_train[held]
        x_train, y_train = x_train[kept], y_train[kept]
    if limit is not None and limit < len(y_train):
        chosen = choose(y_train, limit, class_names)
        x_train, y_train = x_train[chosen], y_train[chosen]
    mean, std = _MEAN_STD.get(family, (None, None))
    return ImageData(
        shown,
        Arrays(x_train, y_train, x_test, y_test),
        class_names,
        batch_size=batch_size,
        seed=seed,
        augmentation=resolve(augment, family, x_train.shape[1:]),
        mean=mean,
        std=std,
    )
