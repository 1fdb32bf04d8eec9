"""A data set in a folder that has one folder of images per class."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data.arrays import MAX_BYTES, Arrays, Found
from keras_pod.data.image_files.decode import SUFFIXES, decode
from keras_pod.data.image_files.files import check_inside, choose_images
from keras_pod.data.image_files.fit import resize
from keras_pod.data.splits import TEST_SHARE, hold_out

# The folder of the test images beside `train`; where there are several, the first.
TESTS = ("test", "val", "valid", "validation")


def list_classes(folder: Path, root: Path) -> tuple[list[str], list[Path], np.ndarray]:
    """List the classes of a folder, the image files of all, and their labels."""
    classes = sorted(path for path in folder.glob("[!.]*") if path.is_dir())
    if len(classes) < 2:
        found = f"only '{classes[0].name}'" if classes else "no folders"
        raise InputError(
            f"'{folder}' must hold a folder of images for each of at least 2 "
            f"classes; it holds {found}"
        )
    for path in classes:
        check_inside(path, root)
    files = choose_images((p for c in classes for p in sorted(c.iterdir())), root)
    label_of = {path: label for label, path in enumerate(classes)}
    labels = np.array([label_of[file.parent] for file in files], np.int32)
    for path, label in label_of.items():
        if label not in labels:
            raise InputError(
                f"class folder '{path}' holds no image ({', '.join(SUFFIXES)} are "
                "read, but not in folders within it)"
            )
    return [path.name for path in classes], files, labels


def read_files(
    files: Sequence[Path], root: Path, size: tuple[int, int] | None
) -> np.ndarray:
    """Read image files, uint8 (N, h, w, c), grey only if all are; see `read_folder`."""

    def read(path: Path) -> np.ndarray | InputError:
        try:
            image = decode(path)
        except InputError as error:
            return error
        with tf.device("CPU:0"):
            return image if size is None else resize(image, size).numpy()

    images, bad = [], []
    pool = ThreadPoolExecutor()
    try:
        for path, image in zip(files, pool.map(read, files), strict=True):
            if isinstance(image, InputError):
                bad.append(str(image))
                continue
            images.append(image)
            if image.shape[:2] != images[0].shape[:2]:
                raise InputError(
                    f"images differ in size: '{path}' is {image.shape[:2]}, others of "
                    f"'{root}' are {images[0].shape[:2]}; resize all of them with "
                    "image_size=(height, width), or --image-size SIDE"
                )
            if len(files) * image.size >= MAX_BYTES:
                raise InputError(
                    f"{len(files)} images of {image.shape} in '{root}' take 2 GiB or "
                    "more; resize them with a smaller image_size=(height, width), or "
                    "--image-size SIDE"
                )
    finally:
        pool.shutdown(cancel_futures=True)
    if bad:
        count = f"{len(bad)} of {len(files)} images of '{root}' cannot be read:\n"
        raise InputError((count if len(bad) > 1 else "") + "\n".join(bad))
    channels = max(image.shape[2] for image in images)
    shape = (*images[0].shape[:2], channels)
    return np.stack([np.broadcast_to(image, shape) for image in images])


def read_folder(folder: Path, size: tuple[int, int] | None = None) -> Found:
    """Read the images of a folder of class folders.

    It holds `train` and one of `TESTS`, each with a folder of images per class; or the
    class folders themselves, of which the same 80 % of each class are then for
    training every time. Images are resized to `size`; None if all are of one size.
    """
    tests = [folder / name for name in TESTS if (folder / name).is_dir()]
    if tests and (folder / "train").is_dir():
        test = tests[0]
        names, files, y_train = list_classes(folder / "train", folder)
        test_names, test_files, y_test = list_classes(test, folder)
        if names != test_names:
            lone = sorted(set(names) ^ set(test_names))[0]
            raise InputError(
                f"'{folder}/train' and '{test}' must have the same class "
                f"folders; '{lone}' is in one of them only"
            )
        images, cut = read_files(files + test_files, folder, size), len(files)
        return Found(Arrays(images[:cut], y_train, images[cut:], y_test), names)
    names, files, labels = list_classes(folder, folder)
    # This finds classes that are too small, so it comes before the slow part.
    parts = hold_out(labels, TEST_SHARE, names)
    images = read_files(files, folder, size)
    return Found(Arrays.parted(images, labels, parts), names, held_out=True)
