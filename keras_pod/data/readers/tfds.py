"""Data sets of TensorFlow Datasets: finding, preparing and describing them."""

import contextlib
import dataclasses
import importlib
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from keras_pod.core.errors import InputError, unknown_name
from keras_pod.data.names import known_names
from keras_pod.data.readers.how_to_get import how_to_get, missing_files

# Sets that this package defines itself; TFDS knows them once they are imported.
_OWN = ("imagenet_first", "tiny_imagenet")

# name, name/config, name:1.0.0. Names with a namespace before a colon would
# make TFDS fetch code from elsewhere and run it.
_NAME = re.compile(r"[a-z]\w*(/[\w.+-]+)?(:\d+\.\d+\.\d+)?", re.ASCII)


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A set that is on the disk.

    Args:
        name: Its name in messages.
        builder: Its `tfds.core.DatasetBuilder`.
        image, label: Names of the features with the image and the class.
        test: The split for testing; None if there is only `train`.
    """

    name: str
    builder: Any
    image: str
    label: str
    test: str | None

    @property
    def class_names(self) -> list[str]:
        """The name of each label."""
        return list(self.builder.info.features[self.label].names)

    @property
    def image_shape(self) -> tuple[int | None, int | None, int]:
        """(height, width, channels); None for what varies."""
        return tuple(self.builder.info.features[self.image].shape)

    def count(self, split: str) -> int:
        """Number of images in a split."""
        return self.builder.info.splits[split].num_examples

    @property
    def _undecoded(self) -> dict[str, Any]:
        import tensorflow_datasets as tfds

        return {self.image: tfds.decode.SkipDecoding()}

    def encoded(self, split: str) -> tf.data.Dataset:
        """A data set of (undecoded image, label), always in file order."""
        import tensorflow_datasets as tfds

        return self.builder.as_dataset(
            split=split,
            decoders=self._undecoded,
            as_supervised=True,
            shuffle_files=False,
            # One file is read after the other.
            read_config=tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False),
        )

    def parse(self, record: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Take the (undecoded image, label) out of a record of a TFRecord file."""
        features = self.builder.info.features
        example = features.deserialize_example(record, decoders=self._undecoded)
        return example[self.image], tf.cast(example[self.label], tf.int32)

    def labels(self, split: str) -> np.ndarray:
        """All labels of a split (N,), in file order; -1 for none."""
        batches = self.encoded(split).map(lambda _, label: label).batch(8192)
        return np.concatenate([[], *batches.as_numpy_iterator()]).astype(np.int32)


@contextlib.contextmanager
def _few_retries() -> Iterator[None]:
    """Give up on a host after seconds; TFDS's 10 retries take 200 s offline."""
    from tensorflow_datasets.core.download import downloader

    log = logging.getLogger("urllib3.connectionpool")
    level, retries = log.level, downloader.MAX_RETRIES
    log.setLevel(logging.ERROR)
    downloader.MAX_RETRIES = 4
    try:
        yield
    finally:
        log.setLevel(level)
        downloader.MAX_RETRIES = retries


def find_builder(name: str, data_dir: Path | None = None) -> Any:
    """Return the TFDS builder of `name`, `name/config` or `name:version`.

    Nothing is downloaded.

    Raises:
        InputError: if there is no such set.
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


def _prepare(builder: Any, name: str) -> None:
    import tensorflow_datasets as tfds

    absent = f"data set '{name}' is not in '{builder.data_dir}'"
    if missing := missing_files(builder, builder.name):
        raise InputError(
            f"{absent}, and there is no {' and no '.join(missing)} to prepare it from. "
            f"{how_to_get(builder, name)}"
        )
    config = tfds.download.DownloadConfig(try_download_gcs=False)
    try:
        with _few_retries():
            builder.download_and_prepare(download_config=config)
    except InputError:
        raise
    # Each of hundreds of builders has its own ways to fail.
    except Exception as error:
        reason = str(error).split("\n")[0].split(" (Caused by")[0]
        raise InputError(
            f"{absent}, and preparing it with TensorFlow Datasets failed "
            f"({type(error).__name__}: {reason}). {how_to_get(builder, name)}"
        ) from error


def _image_and_label(builder: Any, name: str) -> tuple[str, str]:
    """Return the names of the image's and the label's feature, checked."""
    import tensorflow_datasets as tfds

    features, keys = builder.info.features, builder.info.supervised_keys or ()
    kinds = [type(features[key]) for key in keys if isinstance(key, str)]
    if kinds != [tfds.features.Image, tfds.features.ClassLabel]:
        raise InputError(
            f"data set '{name}' of TensorFlow Datasets is not one of images with "
            "one class label each"
        )
    dtype = np.dtype(features[keys[0]].np_dtype)
    if dtype != np.uint8:
        raise InputError(
            f"data set '{name}' has images of dtype {dtype.name}; only uint8 is read"
        )
    return keys


def prepare(name: str, data_dir: Path | None = None, shown: str = "") -> Prepared:
    """Find a TensorFlow Datasets set, `shown` in messages; prepare it if need be.

    Raises:
        InputError: if the name is unknown, the set is not one of classified images,
            or it cannot be prepared; the message says how to get it.
    """
    builder, shown = find_builder(name, data_dir), shown or name
    image, label = _image_and_label(builder, shown)
    # A prepared set has splits; then there is nothing to fetch.
    if not builder.info.splits:
        _prepare(builder, shown)
    splits = builder.info.splits
    if "train" not in splits:
        raise InputError(
            f"data set '{shown}' has no split 'train' but {', '.join(splits) or 'none'}"
        )
    if (builder.info.features[label].num_classes or 0) < 2:
        raise InputError(f"data set '{shown}' has fewer than 2 classes")
    prepared = Prepared(shown, builder, image, label, None)
    tests = [split for split in ("test", "validation") if split in splits]
    for split in tests:
        # Some published sets keep the labels of a split secret.
        first = prepared.encoded(split).take(1).as_numpy_iterator()
        if all(label >= 0 for _, label in first):
            return dataclasses.replace(prepared, test=split)
    if tests:
        raise InputError(f"split '{tests[0]}' of data set '{shown}' is not labelled")
    if builder.name == "imagenet2012":
        raise InputError(
            f"data set '{shown}' was prepared without its validation images in "
            f"'{builder.data_dir}': remove that folder. {how_to_get(builder, shown)}"
        )
    return prepared
