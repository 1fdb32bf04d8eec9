"""A data set in a folder that has one folder of images per class."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from keras_pod.core.errors import InputError
from keras_pod.data.arrays import Arrays, check_fits
from keras_pod.data.image_files.files import (
    SUFFIXES,
    check_inside,
    decode,
    is_image_name,
    resize,
    set_channels,
)
from keras_pod.data.splits import TEST_SHARE, hold_out


def _class_folders(folder: Path, root: Path) -> list[Path]:
    classes = sorted(
        path
        for path in folder.iterdir()
        if path.is_dir() and not path.name.startswith(".")
    )
    if len(classes) < 2:
        found = f"only '{classes[0].name}'" if classes else "no folders"
        raise InputError(
            f"'{folder}' must hold a folder of images for each of at least 2 "
            f"classes; it holds {found}"
        )
    for path in classes:
        check_inside(path, root)
    return classes


def _image_files(class_folder: Path, root: Path) -> list[Path]:
    files = sorted(p for p in class_folder.iterdir() if is_image_name(p))
    if not files:
        raise InputError(
            f"class folder '{class_folder}' holds no image "
            f"({', '.join(SUFFIXES)} are read)"
        )
    for path in files:
        check_inside(path, root)
    return files


def _list(folder: Path, root: Path) -> tuple[list[str], list[Path], np.ndarray]:
    classes = _class_folders(folder, root)
    files = [_image_files(path, root) for path in classes]
    labels = np.repeat(np.arange(len(classes)), [len(f) for f in files])
    names = [path.name for path in classes]
    return names, [p for group in files for p in group], labels.astype(np.int32)


def _read(files: list[Path], root: Path, size: tuple[int, int] | None) -> np.ndarray:
    first = decode(files[0])
    check_fits(str(root), len(files), (*(size or first.shape[:2]), first.shape[-1]))

    def one(path: Path) -> np.ndarray:
        image = decode(path)
        if size is not None:
            return resize(image, size)
        if image.shape[:2] != first.shape[:2]:
            raise InputError(
                f"images differ in size: '{files[0]}' is "
                f"{first.shape[0]}x{first.shape[1]}, '{path}' is "
                f"{image.shape[0]}x{image.shape[1]}; pass image_size=(height, "
                "width) to resize all of them"
            )
        return image

    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(one, path) for path in files]
        try:
            images = [job.result() for job in jobs]
        except InputError:
            pool.shutdown(cancel_futures=True)
            raise
    channels = max(image.shape[-1] for image in images)
    check_fits(str(root), len(files), (*images[0].shape[:2], channels))
    return np.stack([set_channels(image, channels) for image in images])


def test_folder(folder: Path) -> Path | None:
    """The folder of test images beside that of training images, if there is one."""
    tests = [folder / name for name in ("test", "val") if (folder / name).is_dir()]
    return tests[0] if tests and (folder / "train").is_dir() else None


def read_folder(
    folder: Path, image_size: tuple[int, int] | None = None
) -> tuple[Arrays, list[str]]:
    """Images of a folder of class folders.

    Args:
        folder: Holds `train` and `test` (or `val`), each with a folder of
            images per class; or the class folders themselves, of which the
            same 80 % of each class are then for training every time.
        image_size: (height, width) to resize to; None if all are of one size.

    Returns:
        The images, grey only if all are, and the names of the class folders.

    Raises:
        InputError: if the folder is not like this, an image cannot be read, or
            a link leads out of the folder.
    """
    if not folder.is_dir():
        raise InputError(f"folder '{folder}' does not exist")
    if test := test_folder(folder):
        names, files, y_train = _list(folder / "train", folder)
        test_names, test_files, y_test = _list(test, folder)
        if names != test_names:
            lone = sorted(set(names) ^ set(test_names))[0]
            raise InputError(
                f"'{folder}/train' and '{test}' must have the same class "
                f"folders; '{lone}' is in one of them only"
            )
        images = _read(files + test_files, folder, image_size)
        cut = len(files)
        return Arrays(images[:cut], y_train, images[cut:], y_test), names
    names, files, labels = _list(folder, folder)
    # Before the slow part: it finds classes that are too small.
    kept, held = hold_out(labels, TEST_SHARE, names)
    images = _read(files, folder, image_size)
    return Arrays(images[kept], labels[kept], images[held], labels[held]), names
