"""ImageData: a named data set as tf.data pipelines and a description."""

from collections.abc import Sequence

import tensorflow as tf

from keras_pod.data.arrays import Arrays, mean_and_std
from keras_pod.data.augmentation import Augmentation
from keras_pod.data.pipeline import test_batches, train_batches


class ImageData:
    """Images of several classes, in batches for training and for testing.

    Args:
        name: What the data set is called.
        arrays: Training and test images and labels.
        class_names: The name of each label.
        batch_size: Images per batch; the last batch of an epoch is smaller.
        seed: Fixes, with the epoch, the order and the augmentation.
        augmentation: How training images are varied; None for not at all.
        mean: Mean of each channel in 0..1 units; computed if None.
        std: Standard deviation of each channel, likewise.

    Attributes:
        num_classes: Number of classes.
        image_shape: (height, width, channels).
        num_train: Number of training images.
        num_test: Number of test images.
        train: `tf.data.Dataset` of (images (B, H, W, C), uint8 or float32 in
            0..255; labels (B,), int32). One iteration is one epoch, and which
            one is set by `set_epoch`.
        test: The same for the test images, always in the same order, not
            augmented.
        arrays: `(x_train, y_train, x_test, y_test)`, the images as read.
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
    ) -> None:
        self.name = name
        self.arrays = arrays
        self.class_names = list(class_names)
        self.num_classes = len(self.class_names)
        self.image_shape: tuple[int, int, int] = arrays.x_train.shape[1:]
        self.num_train = len(arrays.y_train)
        self.num_test = len(arrays.y_test)
        self.batch_size = batch_size
        self.seed = seed
        self.augmentation = augmentation
        if mean is None or std is None:
            mean, std = mean_and_std(arrays.x_train)
        self.mean, self.std = list(mean), list(std)

        fill = [0.0] * self.image_shape[-1]
        if augmentation is not None and augmentation.pad_value == "mean":
            fill = [255 * m for m in self.mean]
            if arrays.x_train.dtype.kind == "u":
                fill = [float(round(f)) for f in fill]
        with tf.device("CPU:0"):
            self._epoch = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.train: tf.data.Dataset = train_batches(
            arrays.x_train,
            arrays.y_train,
            batch_size,
            seed,
            self._epoch,
            augmentation,
            fill,
        )
        self.test: tf.data.Dataset = test_batches(
            arrays.x_test, arrays.y_test, batch_size
        )

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch, counted from 0, that `train` yields next.

        An iteration that has begun keeps its epoch.
        """
        self._epoch.assign(epoch)

    def __str__(self) -> str:
        shape = "x".join(map(str, self.image_shape))
        return (
            f"{self.name}: {self.num_classes} classes, {shape}, "
            f"{self.num_train} training and {self.num_test} test images"
        )

    def __repr__(self) -> str:
        return f"<ImageData {self}>"
