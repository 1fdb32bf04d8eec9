"""Data sets of TensorFlow Datasets in memory."""

import math
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data.arrays import MAX_BYTES, Arrays
from keras_pod.data.readers.tfds import Prepared
from keras_pod.data.splits import TEST_SHARE, hold_out


def fits(prepared: Prepared, count: int) -> bool:
    """Return whether so many images fit in memory: of one size, below 2 GiB."""
    shape = prepared.image_shape
    return None not in shape and count * math.prod(shape) < MAX_BYTES


def _read(
    prepared: Prepared, split: str, new_labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return a split's images whose new label is not -1, and their new labels."""
    labels = prepared.labels(split)
    if len(labels) == 0 or labels.min() < 0:
        raise InputError(
            f"split '{split}' of data set '{prepared.name}' is empty or not labelled"
        )
    labels = new_labels[labels]
    kept = labels >= 0
    images = np.empty((kept.sum(), *prepared.image_shape), np.uint8)
    feature = prepared.builder.info.features[prepared.image]
    table = tf.constant(new_labels)
    chosen = prepared.encoded(split).filter(lambda _, y: tf.gather(table, y) >= 0)
    decoded = chosen.map(
        lambda x, _: feature.decode_example(x),
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=True,
    )
    start = 0
    for batch in decoded.batch(1024).as_numpy_iterator():
        images[start : start + len(batch)] = batch
        start += len(batch)
    return images, labels[kept]


def read_arrays(
    prepared: Prepared,
    classes: Sequence[int] | None = None,
) -> tuple[Arrays, list[str]]:
    """Return a prepared set as arrays.

    Args:
        prepared: The set; its images are of one size.
        classes: Those to keep, which get the labels 0, 1, ...; None for all.

    Returns:
        Training and test images, and the names of the classes. Where there is no test
        split, a fifth of each class is held out, the same every time.

    Raises:
        InputError: if a split is empty or not labelled.
    """
    names = prepared.class_names
    classes = range(len(names)) if classes is None else classes
    new_labels = np.full(len(names), -1, np.int32)
    new_labels[list(classes)] = np.arange(len(classes))
    names = [names[c] for c in classes]
    x_train, y_train = _read(prepared, "train", new_labels)
    if prepared.test is not None:
        x_test, y_test = _read(prepared, prepared.test, new_labels)
        return Arrays(x_train, y_train, x_test, y_test), names
    kept, held = hold_out(y_train, TEST_SHARE, names)
    return Arrays(x_train[kept], y_train[kept], x_train[held], y_train[held]), names
