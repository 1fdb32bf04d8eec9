"""Data sets of TensorFlow Datasets that fit in memory."""

import contextlib
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from keras_pod.data.arrays import Arrays, check_fits
from keras_pod.data.splits import TEST_SHARE, hold_out
from keras_pod.errors import InputError, unknown_name

# Those most often wanted, for messages; every other fitting one works too.
COMMON = (
    "cifar10",
    "cifar100",
    "emnist",
    "eurosat",
    "fashion_mnist",
    "kmnist",
    "mnist",
    "stl10",
    "svhn_cropped",
)

# name, name/config, name:1.0.0. Names with a namespace before a colon would
# make TFDS fetch code from elsewhere and run it.
_NAME = re.compile(r"[a-z]\w*(/[\w.+-]+)?(:\d+\.\d+\.\d+)?", re.ASCII)


@contextlib.contextmanager
def _few_retries() -> Iterator[None]:
    """Give up on a host after seconds; TFDS's 10 retries take 200 s offline."""
    from tensorflow_datasets.core.download import downloader

    log = logging.getLogger("urllib3.connectionpool")
    level, retries = log.level, getattr(downloader, "MAX_RETRIES", None)
    log.setLevel(logging.ERROR)
    if retries is not None:
        downloader.MAX_RETRIES = min(retries, 4)
    try:
        yield
    finally:
        log.setLevel(level)
        if retries is not None:
            downloader.MAX_RETRIES = retries


def _builder(name: str, data_dir: Path | None, known: tuple[str, ...]) -> Any:
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise InputError(
            f"data set '{name}' needs tensorflow-datasets, which cannot be "
            f"imported ({error}): pip install tensorflow-datasets"
        ) from error
    unknown = InputError(
        f"{unknown_name('data set', name, known)}; any other image classification "
        "set of TensorFlow Datasets; or the path of a folder or .npz file "
        f"(there is no file or folder '{name}')"
    )
    if not _NAME.fullmatch(name):
        raise unknown
    try:
        return tfds.builder(name, data_dir=data_dir, try_gcs=False)
    except tfds.core.DatasetNotFoundError:
        raise unknown from None
    except Exception as error:
        raise InputError(
            f"cannot open data set '{name}' of TensorFlow Datasets: {error}"
        ) from error


def _prepare(builder: Any, name: str) -> None:
    import tensorflow_datasets as tfds

    try:
        with _few_retries():
            builder.download_and_prepare(
                download_config=tfds.download.DownloadConfig(try_download_gcs=False)
            )
    # Each of hundreds of builders has its own ways to fail.
    except Exception as error:
        reason = str(error).split("\n")[0].split(" (Caused by")[0]
        raise InputError(
            f"data set '{name}' is not in '{builder.data_dir}', and downloading "
            f"it with TensorFlow Datasets failed ({type(error).__name__}: "
            f"{reason}). Without network: pass data_dir, a folder where TensorFlow "
            f"Datasets has prepared '{name}' on another machine (for mnist and "
            "fashion_mnist also one with the four IDX files), or give instead of "
            "the name the path of a folder of class folders or of a .npz file "
            "(x_train, y_train, x_test, y_test)"
        ) from error


def _image_and_label(builder: Any, name: str) -> tuple[str, str, list[str]]:
    """The two features' names and the class names, checked."""
    import tensorflow_datasets as tfds

    features = builder.info.features
    keys = builder.info.supervised_keys
    if (
        not keys
        or len(keys) != 2
        or not all(isinstance(key, str) for key in keys)
        or not isinstance(features[keys[0]], tfds.features.Image)
        or not isinstance(features[keys[1]], tfds.features.ClassLabel)
    ):
        raise InputError(
            f"data set '{name}' of TensorFlow Datasets is not one of images with "
            "one class label each"
        )
    image, label = features[keys[0]], features[keys[1]]
    if None in image.shape or np.dtype(image.np_dtype) != np.uint8:
        raise InputError(
            f"data set '{name}' has images of shape {image.shape} and dtype "
            f"{np.dtype(image.np_dtype).name}: only fixed-size sets of uint8 "
            "images that fit in memory are supported yet"
        )
    if not label.num_classes or label.num_classes < 2:
        raise InputError(f"data set '{name}' has fewer than 2 classes")
    return keys[0], keys[1], list(label.names)


def _read_split(
    builder: Any, split: str, image: str, label: str
) -> tuple[np.ndarray, np.ndarray]:
    import tensorflow_datasets as tfds

    count = builder.info.splits[split].num_examples
    images = np.empty((count, *builder.info.features[image].shape), np.uint8)
    labels = np.empty(count, np.int32)
    dataset = builder.as_dataset(
        split=split,
        as_supervised=True,
        shuffle_files=False,
        # One file after the other: the order is then that on the disk.
        read_config=tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False),
    )
    start = 0
    for x, y in dataset.batch(1024).as_numpy_iterator():
        images[start : start + len(x)] = x
        labels[start : start + len(y)] = y
        start += len(y)
    return images[:start], labels[:start]


def read_tfds(
    name: str, data_dir: Path | None = None, known: tuple[str, ...] = COMMON
) -> tuple[Arrays, list[str]]:
    """A TensorFlow Datasets set as arrays, downloaded if it is not there yet.

    Args:
        name: `name`, `name/config` or `name:version`.
        data_dir: Where TFDS keeps its sets; None for TFDS's own default.
        known: Names to propose if this one is unknown.

    Returns:
        The splits `train` and `test` (or `validation`; of a set that has
        neither, the same 20 % of each class are for testing every time), and
        the class names.

    Raises:
        InputError: if the name is unknown, its images are not of one size or
            do not fit in memory, or it cannot be downloaded.
    """
    builder = _builder(name, data_dir, known)
    image, label, class_names = _image_and_label(builder, name)
    # A prepared set has splits; then there is nothing to fetch.
    if not builder.info.splits:
        _prepare(builder, name)
    splits = builder.info.splits
    if "train" not in splits:
        raise InputError(
            f"data set '{name}' has no split 'train' but {', '.join(splits) or 'none'}"
        )
    test = next((s for s in ("test", "validation") if s in splits), None)
    used = ["train"] if test is None else ["train", test]
    check_fits(
        name,
        sum(splits[s].num_examples for s in used),
        builder.info.features[image].shape,
    )
    x_train, y_train = _read_split(builder, "train", image, label)
    if test is not None:
        x_test, y_test = _read_split(builder, test, image, label)
        for split, labels in (("train", y_train), (test, y_test)):
            if len(labels) == 0 or labels.min() < 0:
                raise InputError(
                    f"split '{split}' of data set '{name}' is empty or not labelled"
                )
        return Arrays(x_train, y_train, x_test, y_test), class_names
    kept, held = hold_out(y_train, TEST_SHARE, class_names)
    return (
        Arrays(x_train[kept], y_train[kept], x_train[held], y_train[held]),
        class_names,
    )
