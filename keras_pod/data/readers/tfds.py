"""Data sets of TensorFlow Datasets: found by name, prepared, or how to get them."""

import dataclasses
import importlib
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from keras_pod.core.errors import InputError, unknown_name
from keras_pod.data.names import Name, known_names
from keras_pod.data.readers.idx import CLASS_NAMES
from keras_pod.data.readers.prepared import Prepared

# Sets that this package defines itself; TFDS knows them once they are imported.
_OWN = ("imagenet_first", "tiny_imagenet")

# ImageNet, or a part of it, is made from these archives.
_IMAGENET = ("ILSVRC2012_img_train.tar", "ILSVRC2012_img_val.tar")
_FROM_ARCHIVES = ("imagenet2012", "imagenet_first")

# name, name/config, name:1.0.0. Names with a namespace before a colon would
# make TFDS fetch code from elsewhere and run it.
_NAME = re.compile(r"[a-z]\w*(/[\w.+-]+)?(:\d+\.\d+\.\d+)?", re.ASCII)


def find_builder(name: str, data_dir: Path | None = None) -> Any:
    """Return the TFDS builder of `name`, `name/config` or `name:version`.

    Nothing is downloaded.
    """
    import tensorflow_datasets as tfds

    unknown = InputError(
        f"{unknown_name('data set', name, known_names())}; any other image "
        "classification set of TensorFlow Datasets, NAME-K for the first K classes; "
        "or the path of a folder or .npz file (there is no file or folder "
        f"'{name}')"
    )
    if not _NAME.fullmatch(name):
        raise unknown
    own = re.split("[/:]", name)[0]
    if own in _OWN:
        importlib.import_module(f"keras_pod.data.sets.{own}")
    try:
        return tfds.builder(name, data_dir=data_dir, try_gcs=False)
    except tfds.core.DatasetNotFoundError:
        raise unknown from None
    except Exception as error:
        raise InputError(
            f"cannot open data set '{name}' of TensorFlow Datasets: {error}"
        ) from error


def prepare(name: Name, builder: Any) -> Prepared:
    """Prepare the set of a TFDS builder if it is not yet."""
    shown = name.given
    image, label = _image_and_label(builder, shown)
    # A prepared set has splits; then there is nothing to fetch.
    if not builder.info.splits:
        _download(builder, shown)
    form = builder.info.file_format
    if form and form.value != "tfrecord":
        raise InputError(
            f"data set '{shown}' was prepared as {form.value} files in "
            f"'{builder.data_dir}'; prepare it as tfrecord files in another data_dir"
        )
    splits = builder.info.splits
    if "train" not in splits:
        raise InputError(
            f"data set '{shown}' has no split 'train' but {', '.join(splits) or 'none'}"
        )
    names = builder.info.features[label].names
    first = names[: name.first(len(names))]
    prepared = Prepared(shown, builder, image, label, None, first)
    tests = [split for split in ("test", "validation") if split in splits]
    test = next(filter(prepared.is_labelled, tests), None)
    if tests and test is None:
        raise InputError(f"split '{tests[0]}' of data set '{shown}' is not labelled")
    if not tests and builder.name in _FROM_ARCHIVES:
        warnings.warn(
            f"data set '{shown}' was prepared in '{builder.data_dir}' without its "
            f"validation images: a fifth of the training images are its test images. "
            f"Remove that folder to prepare it again, from both {_IMAGENET[0]} and "
            f"{_IMAGENET[1]}",
            stacklevel=2,
        )
    prepared = dataclasses.replace(prepared, test=test)
    if len(first) < len(names) and not prepared.fits:
        raise InputError(
            f"data set '{shown}' does not fit in memory; of such sets the first "
            "classes can be had of imagenet only"
        )
    return prepared


def _image_and_label(builder: Any, name: str) -> tuple[str, str]:
    """Return the names of the image's and the label's feature, checked."""
    import tensorflow_datasets as tfds

    features = builder.info.features
    keys: tuple[Any, ...] = builder.info.supervised_keys or ()
    kinds = [type(features[key]) for key in keys if isinstance(key, str)]
    wanted = [tfds.features.Image, tfds.features.ClassLabel]
    if kinds != wanted or features[keys[0]].np_dtype != np.uint8:
        raise InputError(
            f"data set '{name}' of TensorFlow Datasets is not one of uint8 images with "
            "one class label each"
        )
    return keys[0], keys[1]


def _download(builder: Any, name: str) -> None:
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.download import downloader

    absent = f"data set '{name}' is not in '{builder.data_dir}'"
    if builder.name in _FROM_ARCHIVES:
        # Without the second, TFDS would prepare it without its test images.
        missing = [a for a in _IMAGENET if not (_manual_folder(builder) / a).is_file()]
        if missing:
            raise InputError(
                f"{absent}, and there is no {' and no '.join(missing)} to prepare it "
                f"from. {how_to_get(builder, name)}"
            )
    # Without network the usual ten take 200 seconds.
    downloader.MAX_RETRIES = 4
    config = tfds.download.DownloadConfig(try_download_gcs=False)
    try:
        builder.download_and_prepare(download_config=config)
    # Each of hundreds of builders has its own ways to fail.
    except Exception as error:
        reason = str(error).split("\n")[0].split(" (Caused by")[0]
        raise InputError(
            f"{absent}, and preparing it with TensorFlow Datasets failed "
            f"({type(error).__name__}: {reason}). {how_to_get(builder, name)}"
        ) from error


def _data_root(builder: Any) -> Path:
    """Return the folder under which TFDS keeps this builder's and all other sets."""
    return Path(builder.data_dir).parents[2 if builder.builder_config else 1]


def _manual_folder(builder: Any) -> Path:
    """Return the folder where TFDS looks for files that a person downloads."""
    return _data_root(builder) / "downloads" / "manual"


def how_to_get(builder: Any, name: str) -> str:
    """Say how a person gets a builder's set, and which command then prepares it."""
    root = _data_root(builder)
    load = f"keras_pod.data.load('{name}', data_dir='{root}')"
    command = f'python -c "import keras_pod; {load}"'
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
        what = " ".join(builder.MANUAL_DOWNLOAD_INSTRUCTIONS.split())
        return (
            "It has to be downloaded by hand, into the folder (manual_dir) "
            f"'{_manual_folder(builder)}': {what} Then run {command}"
        )
    megabytes = sum(info.size for info in (builder.url_infos or {}).values()) / 2**20
    size = f" {megabytes:.0f} MiB" if megabytes >= 1 else ""
    files = ""
    if builder.name in CLASS_NAMES:
        files = f"a folder with the four IDX files of {builder.name}, or "
    return (
        f"With network, {command} downloads{size} and prepares it in '{root}'. "
        f"Without: pass data_dir, {files}a folder where TensorFlow Datasets has "
        "prepared it on another machine; or give instead of the name the path of a "
        "folder of class folders or of a .npz file (x_train, y_train, x_test, y_test)"
    )
