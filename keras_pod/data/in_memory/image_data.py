"""ImageData: a data set in memory as tf.data pipelines and a description."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data import epochs
from keras_pod.data.arrays import Arrays, mean_and_std
from keras_pod.data.batches import class_balanced_batches
from keras_pod.data.image_files.fit import resize
from keras_pod.data.image_set import ImageSet


class ImageData(ImageSet):
    """Images in memory, in batches for training and for testing.

    Args:
        name: The data set's name.
        arrays: Training and test images and labels.
        class_names: The name of each label.
        mean: Mean of each channel in 0..1 units; computed if None.
        std: Standard deviation of each channel, likewise.
        image_size: (height, width) that each batch is resized to; None for the
            size of the images.
        class_balanced: Different classes in each training batch, with as many images
            each, as `keras_pod.data.class_balanced_batches` chooses them; None for
            batches of a random order.
        common: `batch_size` (128), `seed`, `augmentation` and `drop_last`, as for
            `ImageSet`.

    Attributes:
        arrays: `(x_train, y_train, x_test, y_test)`, the images as read. The others
            are those of `ImageSet`.

    Raises:
        InputError: if `drop_last` leaves nothing to train on, there are fewer
            classes than `class_balanced`, or it does not divide the batch size.
    """

    def __init__(
        self,
        name: str,
        arrays: Arrays,
        class_names: Sequence[str],
        *,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        image_size: tuple[int, int] | None = None,
        class_balanced: int | None = None,
        **common: Any,
    ) -> None:
        if mean is None or std is None:
            mean, std = mean_and_std(arrays.x_train)
        height, width, channels = arrays.x_train.shape[1:]
        super().__init__(
            name,
            class_names,
            (*(image_size or (height, width)), channels),
            len(arrays.y_train),
            len(arrays.y_test),
            mean,
            std,
            **common,
        )
        if class_balanced and self.batch_size % class_balanced:
            raise InputError(
                f"class_balanced={class_balanced} must divide the batch size, "
                f"{self.batch_size}"
            )
        self.arrays, self._class_balanced = arrays, class_balanced or 0
        counts = np.bincount(arrays.y_train, minlength=self.num_classes)
        self.class_counts = counts.tolist()
        with tf.device("CPU:0"):
            self._train = tf.constant(arrays.x_train), tf.constant(arrays.y_train)
            test = tf.constant(arrays.x_test), tf.constant(arrays.y_test)
        self.train = self._shuffled(*self._train)
        self.test = self._in_order(test)

    def _in_order(self, part: tuple[tf.Tensor, tf.Tensor]) -> tf.data.Dataset:
        size = self.image_shape[:2]
        batches = tf.data.Dataset.from_tensor_slices(part).batch(self.batch_size)
        batches = epochs.mapped(batches, lambda x, y: (resize(x, size), y))
        return batches.prefetch(tf.data.AUTOTUNE)

    def _shuffled(self, images: tf.Tensor, labels: tf.Tensor) -> tf.data.Dataset:
        """Make training batches, whose last one holds what is left."""
        count, batch_size, seed = self.num_train, self.batch_size, self.seed
        size, augmentation = self.image_shape[:2], self.augmentation
        end = count - count % batch_size if self.drop_last else count
        if self._class_balanced:
            end = self._balanced_order(0).size
        # XLA compiles once for a size that it knows.
        known = batch_size if self.drop_last or self._class_balanced else None
        fill = self._fill(images.dtype)

        def one_epoch(now: tf.Tensor) -> tf.data.Dataset:
            order = self._order(now)
            if augmentation is not None:
                crop = epochs.stream_key(seed, now, epochs.CROP)
                flip = epochs.stream_key(seed, now, epochs.FLIP)
                corners = epochs.uniform(
                    [count, 2], crop, maxval=augmentation.offsets, dtype=tf.int32
                )
                flips = augmentation.flip & (epochs.uniform([count], flip) < 0.5)

            def batch(start: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
                index = tf.ensure_shape(order[start : start + batch_size], [known])
                chosen = tf.gather(images, index)
                if augmentation is not None:
                    # These are drawn by image, not by place in the batch: an image's
                    # crop in an epoch is then the same for every batch size.
                    corner, mirrored = (tf.gather(x, index) for x in (corners, flips))
                    pad = augmentation.pad
                    chosen = crop_and_flip(chosen, corner, mirrored, pad, fill)
                chosen = tf.ensure_shape(chosen, (known, *images.shape[1:]))
                return resize(chosen, size), tf.gather(labels, index)

            return epochs.mapped(tf.data.Dataset.range(0, end, batch_size), batch)

        data = epochs.each_epoch(one_epoch, self._epoch, -(-end // batch_size))
        return data.prefetch(tf.data.AUTOTUNE)

    def _order(self, epoch: tf.Tensor) -> tf.Tensor:
        """The images of an epoch, in its order."""
        if not self._class_balanced:
            return epochs.epoch_order(self.seed, epoch, self.num_train)
        order = tf.numpy_function(self._balanced_order, [epoch], tf.int32)
        return tf.ensure_shape(order, [None])

    def _balanced_order(self, epoch: int) -> np.ndarray:
        """The images of class-balanced batches, one batch after the other."""
        classes, seed = self._class_balanced, (self.seed, int(epoch))
        images = self.batch_size // classes
        rows = class_balanced_batches(self.arrays.y_train, classes, images, seed)
        return rows.ravel().astype(np.int32)

    def _fill(self, dtype: tf.DType) -> tf.Tensor:
        """The colour of the padding, in the images' dtype."""
        fill = tf.zeros(self.image_shape[2])
        if self.augmentation is not None and self.augmentation.pad_value == "mean":
            fill = 255 * tf.constant(self.mean)
        with tf.device("CPU:0"):
            return tf.cast(tf.round(fill) if dtype.is_integer else fill, dtype)


def crop_and_flip(
    images: tf.Tensor, corner: tf.Tensor, flip: tf.Tensor, pad: int, fill: tf.Tensor
) -> tf.Tensor:
    """Pad a batch, cut each image out at its (top, left) corner, mirror some."""
    batch, (height, width, channels) = tf.shape(images)[0], images.shape[1:]
    if pad:
        band = tf.broadcast_to(fill, [batch, pad, width, channels])
        images = tf.concat([band, images, band], axis=1)
        side = tf.broadcast_to(fill, [batch, height + 2 * pad, pad, channels])
        images = tf.concat([side, images, side], axis=2)
    rows = corner[:, :1] + tf.range(height)
    images = tf.gather(images, rows, axis=1, batch_dims=1)
    # Mirroring costs nothing here: it only turns the order of the columns.
    column = tf.range(width)
    columns = corner[:, 1:] + tf.where(flip[:, None], width - 1 - column, column)
    return tf.gather(images, columns, axis=2, batch_dims=1)
