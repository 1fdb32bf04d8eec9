"""Training batches read from the disk that depend on (seed, epoch, index) only."""

import tensorflow as tf

from keras_pod.data.image_files import in_graph
from keras_pod.data.image_files.fit import middle
from keras_pod.data.in_memory.batches import stream_key
from keras_pod.data.streamed.random_resized_crop import RandomResizedCrop, random_view
from keras_pod.data.streamed.records import Records

# Each random choice has a stream of its own; 0 to 2 are the pipeline's in memory.
_SHARDS, _SHUFFLE, _BOX, _MIRROR, _COLOUR = 3, 4, 5, 6, 7

# So many files are read at once, which mixes them, and among so many images the next
# one is drawn.
_OPEN_FILES = 16
SHUFFLE_IMAGES = 4096


def _read(records: Records, order: tf.Tensor | None) -> tf.data.Dataset:
    """Read each image's (file, label); `order` is that of the record files."""
    parts = tuple(map(tf.constant, (records.files, records.skip, records.take)))
    if order is not None:
        parts = tuple(tf.gather(part, order) for part in parts)

    def one_file(name: tf.Tensor, skip: tf.Tensor, take: tf.Tensor) -> tf.data.Dataset:
        return tf.data.TFRecordDataset(name, buffer_size=2**20).skip(skip).take(take)

    data = tf.data.Dataset.from_tensor_slices(parts).interleave(
        one_file,
        cycle_length=min(_OPEN_FILES, len(records.files)),
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=True,
    )
    data = data.map(records.parse)
    if records.num_classes is not None:
        data = data.filter(lambda _, label: label < records.num_classes)
    return data


def middle_view(file: tf.Tensor, size: tuple[int, int], short_side: int) -> tf.Tensor:
    """Return a test image: a photograph's `middle`, from the bytes of its file."""
    return middle(in_graph.decode(file), size, short_side)


def train_stream(
    records: Records,
    batch_size: int,
    seed: int,
    epoch: tf.Variable,
    size: tuple[int, int],
    crop: RandomResizedCrop | None,
    short_side: int,
    drop_last: bool = False,
) -> tf.data.Dataset:
    """Make shuffled, augmented training batches; one iteration is one epoch.

    The files come in a random order, 16 of them are read in turn, and each image is
    drawn at random from the next 4096. That is less of a shuffle than a permutation
    of all images; TensorFlow Datasets has mixed the classes over the files.

    Args:
        records: The images.
        batch_size: Images per batch; the last batch holds what is left.
        seed: Together with the epoch it fixes order, crops, flips and colours.
        epoch: int64 scalar, read when the first batch is asked for.
        size: (height, width) of the batches.
        crop: How images are varied; None for their middles, as in tests.
        short_side: The length of the shorter side before the middle is cut out.
        drop_last: Whether to leave out a last batch that is not full.
    """
    files = len(records.files)

    def one_epoch(_: tf.Tensor) -> tf.data.Dataset:
        now = epoch.read_value()
        # Otherwise `shuffle` would depend on TensorFlow's global seed as well. Here,
        # in a graph, this sets the graph's own.
        tf.random.set_seed(1)
        order = tf.random.experimental.stateless_shuffle(
            tf.range(files), stream_key(seed, now, _SHARDS), alg="philox"
        )
        mixed = tf.random.stateless_uniform(
            [],
            stream_key(seed, now, _SHUFFLE),
            maxval=2**31 - 1,
            dtype=tf.int64,
            alg="philox",
        )
        data = _read(records, order).shuffle(
            min(SHUFFLE_IMAGES, records.count), mixed, reshuffle_each_iteration=False
        )
        return data.enumerate().map(lambda index, pair: (now, index, *pair))

    def view(
        now: tf.Tensor, index: tf.Tensor, file: tf.Tensor, label: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        if crop is None:
            return middle_view(file, size, short_side), label
        keys = tuple(
            tf.random.experimental.stateless_fold_in(
                stream_key(seed, now, stream), index, alg="philox"
            )
            for stream in (_BOX, _MIRROR, _COLOUR)
        )
        return random_view(file, size, crop, keys), label

    return (
        tf.data.Dataset.range(1)
        .flat_map(one_epoch)
        .apply(tf.data.experimental.assert_cardinality(records.count))
        .map(view, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        .batch(batch_size, drop_remainder=drop_last)
        .prefetch(tf.data.AUTOTUNE)
    )


def test_stream(
    records: Records, batch_size: int, size: tuple[int, int], short_side: int
) -> tf.data.Dataset:
    """Make batches of the middles of all images, always in the same order."""
    return (
        _read(records, None)
        .apply(tf.data.experimental.assert_cardinality(records.count))
        .map(
            lambda file, label: (middle_view(file, size, short_side), label),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )
        .batch(batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )
