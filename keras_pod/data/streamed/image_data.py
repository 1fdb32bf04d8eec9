"""StreamedImageData: a data set too large for memory, read from the disk."""

from typing import NoReturn

import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data.image_set import ImageSet
from keras_pod.data.names import IMAGENET
from keras_pod.data.readers.tfds import Prepared
from keras_pod.data.streamed.batches import test_stream, train_stream
from keras_pod.data.streamed.random_resized_crop import RandomResizedCrop
from keras_pod.data.streamed.records import Records, train_and_test

DEFAULT_SIZE = (224, 224)


class StreamedImageData(ImageSet):
    """Photographs on the disk, in batches for training and for testing.

    Args:
        prepared: The set.
        num_classes: How many of its first classes; None for all. The others are read
            and left out.
        batch_size, seed, augmentation, drop_last: As for `ImageSet`.
        image_size: (height, width) of the batches.
        test_short_side: The length to which the shorter side of a test image is
            resized, before the middle is cut out; by default 256 for images of 224,
            and for others in proportion.
        validation_split: Share of the training images that become the test images.
        limit: Number of training images; None for all.

    Attributes:
        test_short_side: As given or chosen. The others are those of `ImageSet`.

    Raises:
        InputError: if a number does not go with the set.
    """

    def __init__(
        self,
        prepared: Prepared,
        num_classes: int | None = None,
        *,
        batch_size: int = 128,
        seed: int = 0,
        augmentation: RandomResizedCrop | None = None,
        image_size: tuple[int, int] = DEFAULT_SIZE,
        test_short_side: int | None = None,
        validation_split: float = 0.0,
        limit: int | None = None,
        drop_last: bool = False,
    ) -> None:
        if test_short_side is None:
            test_short_side = round(max(image_size) * 256 / 224)
        if test_short_side < max(image_size):
            raise InputError(
                f"test_short_side={test_short_side} is less than the image size "
                f"{image_size[0]}x{image_size[1]} that is cut out of it"
            )
        self._train_records, test = train_and_test(
            prepared, num_classes, validation_split, limit
        )
        super().__init__(
            prepared.name,
            prepared.class_names[:num_classes],
            (*image_size, 3),
            self._train_records.count,
            test.count,
            batch_size=batch_size,
            seed=seed,
            augmentation=augmentation,
            mean=IMAGENET[0],
            std=IMAGENET[1],
            drop_last=drop_last,
        )
        self.test_short_side = test_short_side
        self.train = train_stream(
            self._train_records,
            batch_size,
            seed,
            self._epoch,
            image_size,
            augmentation,
            test_short_side,
            drop_last,
        )
        self.test = self._in_order(test)

    def _in_order(self, records: Records) -> tf.data.Dataset:
        size = self.image_shape[:2]
        return test_stream(records, self.batch_size, size, self.test_short_side)

    @property
    def train_in_order(self) -> tf.data.Dataset:
        return self._in_order(self._train_records)

    @property
    def arrays(self) -> NoReturn:
        raise InputError(
            f"the images of '{self.name}' are read from the disk batch by batch, "
            "there are no arrays of them: iterate over train, train_in_order or test"
        )
