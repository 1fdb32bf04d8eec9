"""ImageData: a data set in memory as tf.data pipelines and a description."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from keras_pod.data.arrays import Arrays, mean_and_std
from keras_pod.data.image_set import ImageSet
from keras_pod.data.in_memory.augmentation import Augmentation
from keras_pod.data.in_memory.batches import test_batches, train_batches


class ImageData(ImageSet):
    """Images in memory, in batches for training and for testing.

    Args:
        name: The data set's name.
        arrays: Training and test images and labels.
        class_names: The name of each label.
        batch_size, seed, augmentation, drop_last: As for `ImageSet`.
        mean: Mean of each channel in 0..1 units; computed if None.
        std: Standard deviation of each channel, likewise.
        image_size: (height, width) that each batch is resized to; None for the
            size of the images.

    Attributes:
        arrays: `(x_train, y_train, x_test, y_test)`, the images as read. The others
            are those of `ImageSet`.

    Raises:
        InputError: if `drop_last` leaves nothing to train on.
    """

    def __init__(
        self,
        name: str,
        arrays: Arrays,
        class_names: Sequence[str],
        *,
        batch_size: int = 128,
        seed: int = 0,
        augmentation: Augmentation | None = None,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        image_size: tuple[int, int] | None = None,
        drop_last: bool = False,
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
            batch_size=batch_size,
            seed=seed,
            augmentation=augmentation,
            mean=mean,
            std=std,
            drop_last=drop_last,
        )
        self.arrays = arrays
        counts = np.bincount(arrays.y_train, minlength=self.num_classes)
        self.class_counts = counts.tolist()
        fill = [0.0] * channels
        if augmentation is not None and augmentation.pad_value == "mean":
            fill = [255 * m for m in self.mean]
            if arrays.x_train.dtype.kind == "u":
                fill = [float(round(f)) for f in fill]
        with tf.device("CPU:0"):
            self._train = tf.constant(arrays.x_train), tf.constant(arrays.y_train)
        self._size = image_size
        self.train = train_batches(
            *self._train,
            batch_size,
            seed,
            self._epoch,
            augmentation,
            fill,
            image_size,
            drop_last,
        )
        self.test = test_batches(arrays.x_test, arrays.y_test, batch_size, image_size)

    @property
    def train_in_order(self) -> tf.data.Dataset:
        return test_batches(*self._train, self.batch_size, self._size)
