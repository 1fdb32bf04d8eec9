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
        count: Number of images, less than the records if `num_classes` leaves some
            out.
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


class _Split:
    """A split's images of the first classes, by their place in file order."""

    def __init__(self, prepared: Prepared, split: str, num_classes: int) -> None:
        self._prepared, self._split = prepared, split
        records, self._num_classes = prepared.count(split), None
        self._places = np.arange(records)
        if num_classes < len(prepared.class_names):
            self._num_classes = num_classes
            self._places = np.flatnonzero(prepared.labels(split) < num_classes)
        self._places = np.append(self._places, records)

    def __len__(self) -> int:
        return len(self._places) - 1

    def part(self, begin: int, end: int) -> Records:
        """Return images `begin` to `end`, without the last."""
        if begin >= end:
            raise InputError(
                f"too few images of '{self._prepared.name}' in split '{self._split}'"
            )
        first, last = self._places[begin], self._places[end]
        info = self._prepared.builder.info.splits[f"{self._split}[{first}:{last}]"]
        files = info.file_instructions
        return Records(
            [str(file.filename) for file in files],
            np.array([file.skip for file in files], np.int64),
            np.array([file.take for file in files], np.int64),
            end - begin,
            self._num_classes,
            self._prepared.parse,
        )


def train_and_test(
    prepared: Prepared, num_classes: int, validation_split: float, limit: int | None
) -> tuple[Records, Records]:
    """Find the training and the test images of the first classes of a streamed set.

    Parts of the training split are consecutive records, which TensorFlow Datasets has
    written in random order: the classes keep their shares about, not exactly.

    Raises:
        InputError: if a part is left without images, or the files are of another
            format than TFDS's usual one.
    """
    form = prepared.builder.info.file_format
    if form is not None and form.value != "tfrecord":
        raise InputError(
            f"data set '{prepared.name}' was prepared as {form.value} files in "
            f"'{prepared.builder.data_dir}'; sets that are streamed are read from "
            "tfrecord files: prepare it in another data_dir, in TFDS's usual format"
        )
    train = _Split(prepared, "train", num_classes)
    count, test = len(train), None
    if prepared.test is not None and not validation_split:
        whole = _Split(prepared, prepared.test, num_classes)
        test = whole.part(0, len(whole))
    for share in (0 if prepared.test else TEST_SHARE, validation_split):
        if share:
            cut = count - max(1, round(share * count))
            test, count = train.part(cut, count), cut
    if limit is not None and limit < num_classes:
        raise InputError(
            f"limit={limit} is less than one image for each of the {num_classes} "
            "classes"
        )
    return train.part(0, count if limit is None else min(limit, count)), test
