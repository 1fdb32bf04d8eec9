"""Records: which images of a prepared set make up a part of it, and where they are."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data.readers.tfds import Prepared
from keras_pod.data.splits import TEST_SHARE


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


class _Split:
    """A split's images of the first classes, by their place in file order."""

    def __init__(self, prepared: Prepared, split: str, num_classes: int | None) -> None:
        self._prepared, self._split, self._num_classes = prepared, split, num_classes
        records = prepared.count(split)
        self._places = np.arange(records)
        if num_classes is not None:
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
            self._parse,
        )

    def _parse(self, record: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        import tensorflow_datasets as tfds

        prepared = self._prepared
        example = prepared.builder.info.features.deserialize_example(
            record, decoders={prepared.image: tfds.decode.SkipDecoding()}
        )
        return example[prepared.image], tf.cast(example[prepared.label], tf.int32)


def train_and_test(
    prepared: Prepared,
    num_classes: int | None,
    validation_split: float,
    limit: int | None,
) -> tuple[Records, Records]:
    """Find the training and the test images of a streamed set.

    Parts of the training split are consecutive records, which TensorFlow Datasets has
    written in random order: the classes keep their shares about, not exactly.

    Args:
        prepared: The set.
        num_classes: How many of its first classes; None for all.
        validation_split: Share of the training images to test with instead.
        limit: Number of training images; None for all.

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
    if prepared.test is None:
        cut = count - max(1, round(TEST_SHARE * count))
        test, count = train.part(cut, count), cut
    elif not validation_split:
        whole = _Split(prepared, prepared.test, num_classes)
        test = whole.part(0, len(whole))
    if validation_split:
        cut = count - max(1, round(validation_split * count))
        test, count = train.part(cut, count), cut
    classes = num_classes or len(prepared.class_names)
    if limit is not None and limit < classes:
        raise InputError(
            f"limit={limit} is less than one image for each of the {classes} classes"
        )
    return train.part(0, count if limit is None else min(limit, count)), test
