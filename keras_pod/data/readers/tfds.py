"""Data sets of TensorFlow Datasets: found, prepared, and read into memory."""

import contextlib
import dataclasses
import importlib
import logging
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from keras_pod.core.errors import InputError, unknown_name
from keras_pod.data.arrays import MAX_BYTES, Arrays, Found
from keras_pod.data.epochs import mapped
from keras_pod.data.names import Name, known_names
from keras_pod.data.readers.how_to_get import how_to_get, missing_files
from keras_pod.data.splits import TEST_SHARE, hold_out

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
        class_names: The names of its first classes, which are wanted.
    """

    name: str
    builder: Any
    image: str
    label: str
    test: str | None
    class_names: list[str]

    @property
    def num_classes(self) -> int | None:
        """The number of classes that are wanted; None for all."""
        wanted, all_of = len(self.class_names), self.builder.info.features[self.label]
        return wanted if wanted < all_of.num_classes else None

    @property
    def image_shape(self) -> tuple[int | None, int | None, int]:
        """(height, width, channels); None for what varies."""
        return tuple(self.builder.info.features[self.image].shape)

    def count(self, split: str) -> int:
        """Number of images in a split, of whatever class."""
        return self.builder.info.splits[split].num_examples

    @property
    def fits(self) -> bool:
        """Whether it fits in memory: images of one size, below 2 GiB."""
        count = sum(map(self.count, filter(None, ("train", self.test))))
        shape = self.image_shape
        return None not in shape and count * math.prod(shape) < MAX_BYTES

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

    def _arrays(self, split: str) -> tuple[np.ndarray, np.ndarray]:
        """The images and labels of the wanted classes of a split."""
        images = np.empty((self.count(split), *self.image_shape), np.uint8)
        decode = self.builder.info.features[self.image].decode_example
        wanted = self.encoded(split).filter(lambda _, y: y < len(self.class_names))
        labels = []
        batches = mapped(wanted, lambda x, y: (decode(x), y)).batch(1024)
        for batch, own in batches.as_numpy_iterator():
            images[len(labels) : len(labels) + len(own)] = batch
            labels.extend(own.tolist())
        if not labels or min(labels) < 0:
            raise InputError(
                f"split '{split}' of data set '{self.name}' is empty or not labelled"
            )
        return images[: len(labels)], np.array(labels, np.int32)

    def read(self) -> Found:
        """Read a set that fits; a fifth of each class is for testing if no split is."""
        x, y = self._arrays("train")
        if self.test is not None:
            arrays = Arrays(x, y, *self._arrays(self.test))
        else:
            arrays = Arrays.parted(x, y, hold_out(y, TEST_SHARE, self.class_names))
        return Found(arrays, self.class_names)


@contextlib.contextmanager
def _few_retries() -> Iterator[None]:
    """Give up on a host after seconds; TFDS's 10 retries take 200 s offline."""
    from tensorflow_datasets.core.download import downloader

    log, retries = logging.getLogger("urllib3.connectionpool"), downloader.MAX_RETRIES
    log.disabled, downloader.MAX_RETRIES = True, 4
    try:
        yield
    finally:
        log.disabled, downloader.MAX_RETRIES = False, retries


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
        _prepare(builder, shown)
    splits = builder.info.splits
    if "train" not in splits:
        raise InputError(
            f"data set '{shown}' has no split 'train' but {', '.join(splits) or 'none'}"
        )
    classes = builder.info.features[label].num_classes or 0
    if classes < 2:
        raise InputError(f"data set '{shown}' has fewer than 2 classes")
    names = builder.info.features[label].names[: name.first(classes)]
    prepared = Prepared(shown, builder, image, label, None, names)
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


def _prepare(builder: Any, name: str) -> None:
    import tensorflow_datasets as tfds

    absent = f"data set '{name}' is not in '{builder.data_dir}'"
    if missing := missing_files(builder):
        raise InputError(
            f"{absent}, and there is no {' and no '.join(missing)} to prepare it from. "
            f"{how_to_get(builder, name)}"
        )
    config = tfds.download.DownloadConfig(try_download_gcs=False)
    try:
        with _few_retries():
            builder.download_and_prepare(download_config=config)
    # Each of hundreds of builders has its own ways to fail.
    except Exception as error:
        reason = str(error).split("\n")[0].split(" (Caused by")[0]
        raise InputError(
            f"{absent}, and preparing it with TensorFlow Datasets failed "
            f"({type(error).__name__}: {reason}). {how_to_get(builder, name)}"
        ) from error
