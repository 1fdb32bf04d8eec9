"""The tf.data pipelines: batches that depend on (seed, epoch, index) only."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from keras_pod.data.in_memory.augmentation import Augmentation

# Each random choice has a stream of its own, so that switching one off leaves
# the others as they were.
_ORDER, _CROP, _FLIP = 0, 1, 2


def stream_key(seed: int, epoch: tf.Tensor, stream: int) -> tf.Tensor:
    """Return the seed (2,) of one kind of random choice in an epoch.

    Args:
        seed: The data set's.
        epoch: int64 scalar.
        stream: Number of the kind of choice.
    """
    pair = tf.stack([tf.constant(seed, tf.int64), epoch])
    # The algorithm is named, as the automatic choice differs between devices.
    return tf.random.experimental.stateless_fold_in(
        pair, tf.constant(stream, tf.int64), alg="philox"
    )


def epoch_order(seed: int, epoch: int | tf.Tensor, count: int) -> tf.Tensor:
    """Return the order of the training images in an epoch, a permutation (count,).

    >>> [sorted(epoch_order(0, e, 5).numpy().tolist()) for e in range(2)]
    [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4]]
    """
    return tf.random.experimental.stateless_shuffle(
        tf.range(count),
        stream_key(seed, tf.cast(epoch, tf.int64), _ORDER),
        alg="philox",
    )


def crop_and_flip(
    images: tf.Tensor, corner: tf.Tensor, flip: tf.Tensor, pad: int, fill: tf.Tensor
) -> tf.Tensor:
    """Pad a batch, cut each image out at its own corner, mirror those chosen.

    Args:
        images: (B, H, W, C) of any dtype, which is kept.
        corner: Top and left of each crop in the padded image (B, 2), 0..2*pad.
        flip: Which images to mirror (B,), bool.
        pad: Pixels on each side.
        fill: Colour of the padding (C,), in the dtype of the images.
    """
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


def resize_batch(images: tf.Tensor, size: tuple[int, int] | None) -> tf.Tensor:
    """Resize a batch (B, h, w, C), in its own dtype.

    Args:
        images: uint8 or float32.
        size: (height, width); None for the size they have.
    """
    height, width = images.shape[1:3]
    if size is None or size == (height, width):
        return images
    shrinks = size[0] < height or size[1] < width
    resized = tf.image.resize(images, size, antialias=shrinks)
    if images.dtype.is_integer:
        resized = tf.clip_by_value(tf.round(resized), 0, 255)
    return tf.cast(resized, images.dtype)


def train_batches(
    images: np.ndarray | tf.Tensor,
    labels: np.ndarray | tf.Tensor,
    batch_size: int,
    seed: int,
    epoch: tf.Variable,
    augmentation: Augmentation | None,
    fill: Sequence[float],
    size: tuple[int, int] | None = None,
    drop_last: bool = False,
) -> tf.data.Dataset:
    """Make shuffled, augmented training batches; one iteration is one epoch.

    Args:
        images: (N, H, W, C), uint8 or float32.
        labels: int32 (N,).
        batch_size: Images per batch; the last batch holds what is left.
        seed: Together with the epoch it fixes order, crops and flips.
        epoch: int64 scalar, read when the first batch is asked for.
        augmentation: How the images are varied; None for not at all.
        fill: Colour of the padding, C numbers in 0..255.
        size: (height, width) to resize the augmented images to.
        drop_last: Whether to leave out a last batch that is not full.
    """
    count = len(labels)
    end = count - count % batch_size if drop_last else count
    steps = -(-end // batch_size)
    with tf.device("CPU:0"):
        all_images = tf.constant(images)
        all_labels = tf.constant(labels)
        colour = tf.cast(tf.constant(fill), all_images.dtype)

    def one_epoch(_: tf.Tensor) -> tf.data.Dataset:
        now = epoch.read_value()
        order = epoch_order(seed, now, count)
        if augmentation is not None:
            corners = tf.random.stateless_uniform(
                [count, 2],
                stream_key(seed, now, _CROP),
                maxval=augmentation.offsets,
                dtype=tf.int32,
                alg="philox",
            )
            flips = augmentation.flip & (
                tf.random.stateless_uniform(
                    [count], stream_key(seed, now, _FLIP), alg="philox"
                )
                < 0.5
            )

        def batch(start: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            index = order[start : start + batch_size]
            # XLA compiles once for a size that it knows.
            index = tf.ensure_shape(index, [batch_size if drop_last else None])
            chosen = tf.gather(all_images, index)
            if augmentation is not None:
                # These are drawn by image, not by place in the batch: an image's crop
                # in an epoch is then the same for every batch size.
                chosen = crop_and_flip(
                    chosen,
                    tf.gather(corners, index),
                    tf.gather(flips, index),
                    augmentation.pad,
                    colour,
                )
            chosen = tf.ensure_shape(chosen, (index.shape[0], *images.shape[1:]))
            return resize_batch(chosen, size), tf.gather(all_labels, index)

        return tf.data.Dataset.range(0, end, batch_size).map(
            batch, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
        )

    return (
        tf.data.Dataset.range(1)
        .flat_map(one_epoch)
        .apply(tf.data.experimental.assert_cardinality(steps))
        .prefetch(tf.data.AUTOTUNE)
    )


def test_batches(
    images: np.ndarray | tf.Tensor,
    labels: np.ndarray | tf.Tensor,
    batch_size: int,
    size: tuple[int, int] | None = None,
) -> tf.data.Dataset:
    """Make batches in the order of the arrays, nothing dropped, at most resized."""
    with tf.device("CPU:0"):
        pair = tf.constant(images), tf.constant(labels)
    batches = tf.data.Dataset.from_tensor_slices(pair).batch(batch_size)
    if size is not None:
        batches = batches.map(
            lambda x, y: (resize_batch(x, size), y),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )
    return batches.prefetch(tf.data.AUTOTUNE)
