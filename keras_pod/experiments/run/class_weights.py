"""Weights of the classes, which make up for their numbers of training images."""

import numpy as np
import tensorflow as tf

from keras_pod.core.errors import InputError


def balanced(class_counts: list[int]) -> list[float]:
    """The weight N / (k n_j) of each class, and 0 for one without an image.

    Their mean over the images is 1 where every class has some.

    >>> balanced([6, 3, 0])
    [0.5, 1.0, 0.0]
    """
    counts = np.asarray(class_counts, "float64")
    weights = counts.sum() / (len(counts) * np.maximum(counts, 1.0))
    return np.where(counts > 0, weights, 0.0).tolist()


def weighted(
    batches: tf.data.Dataset, class_counts: list[int] | None
) -> tf.data.Dataset:
    """Batches (images, labels) with a third entry, the weight of each image.

    Raises:
        InputError: the set does not know the number of images of each class.
    """
    if class_counts is None:
        raise InputError(
            "--class-weight auto is for data that fit in memory: of a streamed set the "
            "numbers of images are not known."
        )
    with tf.device("CPU:0"):
        table = tf.constant(balanced(class_counts), tf.float32)
    return batches.map(lambda x, y: (x, y, tf.gather(table, y)))
