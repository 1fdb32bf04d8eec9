"""Epochs: what is random in one is a function of the seed and its number alone."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from keras_pod.data.image_set import ImageSet

# Each random choice has a stream of its own, so that switching one off leaves
# the others as they were.
ORDER, CROP, FLIP, SHARDS, SHUFFLE, BOX, MIRROR, COLOUR = range(8)


class EpochOrder(keras.callbacks.Callback):
    """Give each epoch of `fit` its own order and augmentation of the images.

    Without it every epoch sees the same batches. With it, training that goes
    on with `initial_epoch=e` sees what it would have seen uninterrupted. Do
    not use it with `steps_per_epoch`, which cuts epochs elsewhere.

    Args:
        data: The data whose `train` is given to `fit`.
    """

    def __init__(self, data: ImageSet) -> None:
        super().__init__()
        self.data = data

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Set the data's epoch; Keras makes the epoch's iterator after this."""
        self.data.set_epoch(epoch)


def stream_key(seed: int, epoch: int | tf.Tensor, stream: int) -> tf.Tensor:
    """Return the seed (2,) of one kind of random choice in an epoch."""
    pair = tf.stack([tf.constant(seed, tf.int64), tf.cast(epoch, tf.int64)])
    return fold_in(pair, tf.constant(stream, tf.int64))


def fold_in(key: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
    """Return another seed (2,) for each number."""
    # The algorithm is named, as the automatic choice differs between devices.
    return tf.random.experimental.stateless_fold_in(key, number, alg="philox")


def permutation(count: int, key: tf.Tensor) -> tf.Tensor:
    """Return the numbers below `count` in a random order."""
    return tf.random.experimental.stateless_shuffle(tf.range(count), key, alg="philox")


def uniform(shape: list[int], key: tf.Tensor, **options: Any) -> tf.Tensor:
    """Return random numbers, floats in 0..1 unless the options say other."""
    return tf.random.stateless_uniform(shape, key, alg="philox", **options)


def epoch_order(seed: int, epoch: int | tf.Tensor, count: int) -> tf.Tensor:
    """Return the order of the training images in an epoch, a permutation (count,)."""
    return permutation(count, stream_key(seed, epoch, ORDER))


def each_epoch(
    make: Callable[[tf.Tensor], tf.data.Dataset], epoch: tf.Variable, length: int
) -> tf.data.Dataset:
    """Make a data set anew for each iteration over it, which is one epoch."""
    data = tf.data.Dataset.range(1).flat_map(lambda _: make(epoch.read_value()))
    return data.apply(tf.data.experimental.assert_cardinality(length))


def mapped(data: tf.data.Dataset, function: Callable[..., Any]) -> tf.data.Dataset:
    """Map the elements of a data set, several at once, in their order."""
    return data.map(function, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
