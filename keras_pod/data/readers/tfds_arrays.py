"""Data sets of TensorFlow Datasets in memory."""

import math

import numpy as np
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data.arrays import MAX_BYTES, Arrays
from keras_pod.data.readers.tfds import Prepared
from keras_pod.data.splits import TEST_SHARE, hold_out


def fits(prepared: Prepared) -> bool:
    """Return whether a set fits in memory: images of one size, below 2 GiB."""
    shape = prepared.image_shape
    splits = filter(None, ("train", prepared.test))
    count = sum(map(prepared.count, splits))
    return None not in shape and count * math.prod(shape) < MAX_BYTES


def _read(
    prepared: Prepared, split: str, classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the images and labels of the first classes of a split."""
    images = np.empty((prepared.count(split), *prepared.image_shape), np.uint8)
    labels, decode = [], prepared.builder.info.features[prepared.image].decode_example
    decoded = (
        prepared.encoded(split)
        .filter(lambda _, label: label < classes)
        .map(
            lambda image, label: (decode(image), label),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )
    )
    for batch, own in decoded.batch(1024).as_numpy_iterator():
        images[len(labels) : len(labels) + len(own)] = batch
        labels.extend(own.tolist())
    if not labels or min(labels) < 0:
        raise InputError(
            f"split '{split}' of data set '{prepared.name}' is empty or not labelled"
        )
    return images[: len(labels)], np.array(labels, np.int32)


def read_arrays(prepared: Prepared, classes: int) -> tuple[Arrays, list[str]]:
    """Return the first classes of a set of images of one size, and their names.

    Where there is no test split, a fifth of each class is held out, always the same.

    Raises:
        InputError: if a split is empty or not labelled.
    """
    names = prepared.class_names[:classes]
    x, y = _read(prepared, "train", classes)
    if prepared.test is not None:
        return Arrays(x, y, *_read(prepared, prepared.test, classes)), names
    return Arrays.parted(x, y, hold_out(y, TEST_SHARE, names)), names
