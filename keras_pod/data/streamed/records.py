"""Records: which images of a prepared set make up a part of it, and where they are."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data.readers.tfds import Prepared
from keras_pod.data.splits import TEST_SHARE

# So many files are read at once, which mixes them.
_OPEN_FILES = 16


class Records(NamedTuple):
    """The places of the images of a split, or of a part of one.

    Args:
        files: TFRecord files.
        skip: How many records of each file come before the part.
        take: How many of each then belong to it.
        count: Number of images of the wanted classes.
        num_classes: Records with labels from this on are left out; None for none.
        parse: From a record to (encoded image, label).
    """

    files: list[str]
    skip: np.ndarray
    take: np.ndarray
    count: int
    num_classes: int | None
    parse: Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]

    def read(self, order: tf.Tensor | None = None) -> tf.data.Dataset:
        """Read each image's (file, label); `order` is that of the record files."""
        parts = tuple(map(tf.constant, (self.files, self.skip, self.take)))
        if order is not None:
            parts = tuple(tf.gather(part, order) for part in parts)

        def one_file(
            name: tf.Tensor, skip: tf.Tensor, take: tf.Tensor
        ) -> tf.data.Dataset:
            whole = tf.data.TFRecordDataset(name, buffer_size=2**20)
            return whole.skip(skip).take(take)

        data = tf.data.Dataset.from_tensor_slices(parts).interleave(
            one_file,
            cycle_length=min(_OPEN_FILES, len(self.files)),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )
        data = data.map(self.parse)
        if self.num_classes is not None:
            data = data.filter(lambda _, label: label < self.num_classes)
        return data


def _wanted(prepared: Prepared, split: str) -> np.ndarray:
    """The numbers of the records with the wanted classes, and where a split ends."""
    count, classes = prepared.count(split), prepared.num_classes
    if classes is None:
        return np.arange(count + 1)
    return np.append(np.flatnonzero(prepared.labels(split) < classes), count)


def _records(prepared: Prepared, split: str, wanted: np.ndarray) -> Records:
    """The records of some wanted images, of which the last number is the end."""
    if len(wanted) < 2:
        raise InputError(f"too few images of '{prepared.name}' in split '{split}'")
    part = f"{split}[{wanted[0]}:{wanted[-1]}]"
    files = prepared.builder.info.splits[part].file_instructions
    return Records(
        [str(file.filename) for file in files],
        np.array([file.skip for file in files], np.int64),
        np.array([file.take for file in files], np.int64),
        len(wanted) - 1,
        prepared.num_classes,
        prepared.parse,
    )


def train_and_test(
    prepared: Prepared, validation_split: float, limit: int | None
) -> tuple[Records, Records]:
    """Find the training and the test images of a streamed set.

    Parts of the training split are consecutive records, which TensorFlow Datasets has
    written in random order: the classes keep their shares about, not exactly.
    """
    form = prepared.builder.info.file_format
    if form is not None and form.value != "tfrecord":
        raise InputError(
            f"data set '{prepared.name}' was prepared as {form.value} files in "
            f"'{prepared.builder.data_dir}'; sets that are streamed are read from "
            "tfrecord files: prepare it in another data_dir, in TFDS's usual format"
        )
    train, test = _wanted(prepared, "train"), None
    if prepared.test is not None and not validation_split:
        test = _records(prepared, prepared.test, _wanted(prepared, prepared.test))
    for share in (0 if prepared.test else TEST_SHARE, validation_split):
        if share:
            count = len(train) - 1
            cut = count - max(1, round(share * count))
            test, train = _records(prepared, "train", train[cut:]), train[: cut + 1]
    if limit is not None:
        if limit < len(prepared.class_names):
            raise InputError(
                f"limit={limit} is less than one image for each of the "
                f"{len(prepared.class_names)} classes"
            )
        train = train[: limit + 1]
    return _records(prepared, "train", train), test
