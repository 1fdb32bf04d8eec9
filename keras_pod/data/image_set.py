"""ImageSet: the interface of data sets in memory and of streamed ones."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.core.printable import printable


class ImageSet:
    """Images of several classes, in batches for training and for testing.

    Args:
        name: The data set's name.
        class_names: The name of each label; control characters are written out.
        image_shape: (height, width, channels) of the batches.
        num_train: Number of training images.
        num_test: Number of test images.
        mean: Mean of each channel in 0..1 units.
        std: Standard deviation of each channel, likewise.
        batch_size: Images per batch.
        seed: Fixes, with the epoch, the order and the augmentation.
        augmentation: How training images are varied; None for not at all.
        drop_last: Whether `train` leaves out a last batch that is not full.

    Attributes:
        num_classes: Number of classes.
        train: `tf.data.Dataset` of (images (B, H, W, C), uint8 or float32 in
            0..255; labels (B,), int32). One iteration is one epoch, and which
            one is set by `set_epoch`; `len(train)` is its number of batches.
        test: The same for the test images, always in the same order, not
            augmented.
        validation_split: Share of the training images that `load` made the test
            images; None if `load` did not make the set.
        class_counts: Number of training images of each class; None for a streamed
            set, which does not know it.
        unseen: Like `test`, of classes that `load` left out of all else; None for no
            such classes.
        held_out: Whether `load` parted a folder or file that has no test images of
            its own.

    Raises:
        InputError: if `drop_last` leaves nothing to train on.
    """

    _train: Any
    train: tf.data.Dataset
    test: tf.data.Dataset
    validation_split: float | None = None
    class_counts: list[int] | None = None
    unseen: tf.data.Dataset | None = None
    held_out: bool = False

    def __init__(
        self,
        name: str,
        class_names: Sequence[str],
        image_shape: tuple[int, int, int],
        num_train: int,
        num_test: int,
        mean: Sequence[float],
        std: Sequence[float],
        *,
        batch_size: int = 128,
        seed: int = 0,
        augmentation: Any = None,
        drop_last: bool = False,
    ) -> None:
        if drop_last and num_train < batch_size:
            raise InputError(
                f"drop_last leaves nothing: the {num_train} training images of "
                f"'{name}' do not fill a batch of {batch_size}"
            )
        self.name, self.image_shape = name, image_shape
        self.class_names = list(map(printable, class_names))
        self.num_classes = len(self.class_names)
        self.num_train, self.num_test = num_train, num_test
        self.batch_size, self.drop_last = batch_size, drop_last
        self.seed, self.augmentation = seed, augmentation
        self.mean, self.std = list(mean), list(std)
        with tf.device("CPU:0"):
            self._epoch = tf.Variable(0, dtype=tf.int64, trainable=False)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch, counted from 0, that `train` yields next.

        An iteration that has begun keeps its epoch.
        """
        self._epoch.assign(epoch)

    @property
    def train_in_order(self) -> tf.data.Dataset:
        """The training images like `test`: in order and not augmented.

        The mean of each class, for example, is measured on these.
        """
        return self._in_order(self._train)

    def _in_order(self, part: Any) -> tf.data.Dataset:
        raise NotImplementedError

    def __str__(self) -> str:
        shape = "x".join(map(str, self.image_shape))
        return (
            f"{self.name}: {self.num_classes} classes, {shape}, "
            f"{self.num_train} training and {self.num_test} test images"
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"
