"""StreamedImageData: a data set too large for memory, read from the disk."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from keras_pod.data import epochs
from keras_pod.data.image_files import in_graph
from keras_pod.data.image_files.fit import middle
from keras_pod.data.image_set import ImageSet
from keras_pod.data.names import IMAGENET
from keras_pod.data.readers.prepared import Records
from keras_pod.data.streamed.random_resized_crop import random_view

DEFAULT_SIZE = (224, 224)

# Among so many images the next one is drawn.
SHUFFLE_IMAGES = 4096


class StreamedImageData(ImageSet):
    """Photographs on the disk, in batches for training and for testing.

    In an epoch the files come in a random order, 16 of them are read in turn, and each
    image is drawn at random from the next 4096. That is less of a shuffle than a
    permutation of all images; TensorFlow Datasets has mixed the classes over the files.

    Args:
        name: The data set's name.
        class_names: The name of each label.
        train: The training images.
        test: The test images.
        image_size: (height, width) of the batches.
        test_short_side: The length to which the shorter side of a test image is
            resized, before the middle is cut out; by default 256 for images of 224,
            and for others in proportion.
        common: `batch_size` (128), `seed`, `augmentation` (None for the middles, as in
            tests) and `drop_last`, as for `ImageSet`.

    Attributes:
        test_short_side: As given or chosen. The others are those of `ImageSet`.

    Raises:
        InputError: if `drop_last` leaves nothing to train on.
    """

    def __init__(
        self,
        name: str,
        class_names: Sequence[str],
        train: Records,
        test: Records,
        *,
        image_size: tuple[int, int] = DEFAULT_SIZE,
        test_short_side: int | None = None,
        **common: Any,
    ) -> None:
        if test_short_side is None:
            test_short_side = round(max(image_size) * 256 / 224)
        super().__init__(
            name,
            class_names,
            (*image_size, 3),
            train.num_images,
            test.num_images,
            *IMAGENET,
            **common,
        )
        self.test_short_side = test_short_side
        self._train = train
        self.train = self._shuffled(train)
        self.test = self._in_order(test)

    def _in_order(self, part: Records) -> tf.data.Dataset:
        known = tf.data.experimental.assert_cardinality(part.num_images)
        data = part.read().apply(known)
        views = epochs.mapped(data, lambda file, label: (self._middle(file), label))
        return views.batch(self.batch_size).prefetch(tf.data.AUTOTUNE)

    def _shuffled(self, records: Records) -> tf.data.Dataset:
        """Make training batches, whose last one holds what is left."""
        seed, crop, size = self.seed, self.augmentation, self.image_shape[:2]

        def one_epoch(now: tf.Tensor) -> tf.data.Dataset:
            # Otherwise `shuffle` would depend on TensorFlow's global seed as well.
            # Here, in a graph, this sets the graph's own.
            tf.random.set_seed(1)
            shards = epochs.stream_key(seed, now, epochs.SHARDS)
            shuffle = epochs.stream_key(seed, now, epochs.SHUFFLE)
            mixed = epochs.uniform([], shuffle, maxval=2**31 - 1, dtype=tf.int64)
            data = records.read(epochs.permutation(len(records.files), shards))
            among = min(SHUFFLE_IMAGES, records.num_images)
            data = data.shuffle(among, mixed, reshuffle_each_iteration=False)
            return data.enumerate().map(lambda index, pair: (now, index, *pair))

        def view(
            now: tf.Tensor, index: tf.Tensor, file: tf.Tensor, label: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor]:
            if crop is None:
                return self._middle(file), label
            keys = tuple(
                epochs.fold_in(epochs.stream_key(seed, now, stream), index)
                for stream in (epochs.BOX, epochs.MIRROR, epochs.COLOUR)
            )
            return random_view(file, size, crop, keys), label

        data = epochs.each_epoch(one_epoch, self._epoch, records.num_images)
        return (
            epochs.mapped(data, view)
            .batch(self.batch_size, drop_remainder=self.drop_last)
            .prefetch(tf.data.AUTOTUNE)
        )

    def _middle(self, file: tf.Tensor) -> tf.Tensor:
        image = in_graph.decode(file)
        return middle(image, self.image_shape[:2], self.test_short_side)
