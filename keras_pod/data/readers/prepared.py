"""A prepared set of TensorFlow Datasets, read into memory or record by record."""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data.arrays import MAX_BYTES, Arrays, Found
from keras_pod.data.epochs import mapped
from keras_pod.data.splits import TEST_SHARE, hold_out


class Records(NamedTuple):
    """The places of the images of a split, or of a part of one, in TFRecord files."""

    files: list[str]
    # So many records of each file come before the part, and so many belong to it.
    skip: np.ndarray
    take: np.ndarray
    num_images: int
    # It makes (encoded image, label) of a record.
    parse: Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]

    def read(
        self, order: tf.Tensor | None = None, open_files: int = 16
    ) -> tf.data.Dataset:
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
            cycle_length=min(open_files, len(self.files)),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )
        return data.map(self.parse)


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A set that is on the disk, made by a `tfds.core.DatasetBuilder`."""

    name: str
    builder: Any
    # The names of the features with the image and the class.
    image: str
    label: str
    # The split for testing; None if there is only `train`.
    test: str | None
    # The names of its first classes, which are wanted.
    class_names: list[str]

    @property
    def image_shape(self) -> tuple[int | None, int | None, int]:
        """(height, width, channels); None for what varies."""
        return tuple(self.builder.info.features[self.image].shape)

    def count(self, split: str) -> int:
        """Count the images of a split, of whatever class."""
        return self.builder.info.splits[split].num_examples

    @property
    def fits(self) -> bool:
        """True if it fits in memory: images of one size, below 2 GiB."""
        height, width, channels = self.image_shape
        if height is None or width is None:
            return False
        count = sum(map(self.count, filter(None, ("train", self.test))))
        return count * height * width * channels < MAX_BYTES

    def is_labelled(self, split: str) -> bool:
        """Whether a split has labels, which some published sets keep secret."""
        first = self._records(split, 0, 1).read().as_numpy_iterator()
        return all(label >= 0 for _, label in first)

    def _parse(self, record: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        import tensorflow_datasets as tfds

        example = self.builder.info.features.deserialize_example(
            record, decoders={self.image: tfds.decode.SkipDecoding()}
        )
        return example[self.image], tf.cast(example[self.label], tf.int32)

    def _records(self, split: str, begin: int, end: int) -> Records:
        if begin >= end:
            raise InputError(f"too few images of '{self.name}' in split '{split}'")
        part = self.builder.info.splits[f"{split}[{begin}:{end}]"]
        files = part.file_instructions
        return Records(
            [str(file.filename) for file in files],
            np.array([file.skip for file in files], np.int64),
            np.array([file.take for file in files], np.int64),
            end - begin,
            self._parse,
        )

    def parts(
        self, validation_split: float, limit: int | None
    ) -> tuple[Records, Records]:
        """Find the training and the test images, to be streamed.

        Parts of the training split are consecutive records, which TFDS has written in
        random order: the classes keep their shares about, not exactly.
        """
        end = self.count("train")
        if self.test is not None and not validation_split:
            test = self._records(self.test, 0, self.count(self.test))
        for share in (0 if self.test else TEST_SHARE, validation_split):
            if share:
                cut = end - max(1, round(share * end))
                test, end = self._records("train", cut, end), cut
        if limit is not None:
            if limit < len(self.class_names):
                raise InputError(
                    f"limit={limit} is less than one image for each of the "
                    f"{len(self.class_names)} classes"
                )
            end = min(limit, end)
        return self._records("train", 0, end), test

    def read(self) -> Found:
        """Read a set that fits; a fifth of each class is for testing if no split is."""
        x, y = self._arrays("train")
        if self.test is not None:
            arrays = Arrays(x, y, *self._arrays(self.test))
        else:
            arrays = Arrays.parted(x, y, hold_out(y, TEST_SHARE, self.class_names))
        return Found(arrays, self.class_names)

    def _arrays(self, split: str) -> tuple[np.ndarray, np.ndarray]:
        """The images and labels of the wanted classes of a split, in file order."""
        count = self.count(split)
        feature = self.builder.info.features[self.image]
        images = np.empty((count, *feature.shape), np.uint8)
        data = self._records(split, 0, count).read(open_files=1)
        wanted = data.filter(lambda _, y: y < len(self.class_names))
        labels: list[int] = []
        batches = mapped(wanted, lambda x, y: (feature.decode_example(x), y)).batch(
            1024
        )
        for batch, own in batches.as_numpy_iterator():
            images[len(labels) : len(labels) + len(own)] = batch
            labels.extend(own.tolist())
        if not labels or min(labels) < 0:
            raise InputError(
                f"split '{split}' of data set '{self.name}' is empty or not labelled"
            )
        return images[: len(labels)], np.array(labels, np.int32)
