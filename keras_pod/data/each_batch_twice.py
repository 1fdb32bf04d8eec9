"""Every batch twice in a row, for methods that train on each batch twice."""

import tensorflow as tf


def each_batch_twice(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Repeat every batch of a data set once, at once.

    For `fit` with a `keras_pod.layers.ComplementDense` head, which takes the first
    for one part of its loss and the second for the other. An epoch has twice the
    steps, and training metrics count every image twice. The validation data stay as
    they are.

    Args:
        dataset: batches of any structure, `(x, y)` or `(x, y, sample_weight)`. Random
            parts of it, such as augmentation, are drawn once for both.

    Returns:
        the data set, of known length if that of `dataset` is known.

    >>> pairs = tf.data.Dataset.from_tensor_slices([1, 2, 3]).batch(2)
    >>> [batch.tolist() for batch in each_batch_twice(pairs).as_numpy_iterator()]
    [[1, 2], [1, 2], [3], [3]]
    """
    is_tuple = isinstance(dataset.element_spec, tuple)

    def twice(*batch: tf.Tensor) -> tf.data.Dataset:
        whole = batch if is_tuple else batch[0]
        return tf.data.Dataset.from_tensors(whole).repeat(2)

    length = int(dataset.cardinality())
    doubled = dataset.flat_map(twice)
    if length < 0:
        return doubled
    return doubled.apply(tf.data.experimental.assert_cardinality(2 * length))
