"""Batches for special methods: of several images a class, and each of them twice."""

import numpy as np
import tensorflow as tf

from keras_pod.core.checks import integer
from keras_pod.core.errors import InputError


def class_balanced_batches(
    labels: np.ndarray, classes: int, images: int, seed: int | tuple[int, ...] = 0
) -> np.ndarray:
    """Choose the batches of an epoch: `images` images each of `classes` classes.

    Losses that compare the samples of a batch need them ("PK sampling" of Hermans et
    al. 2017). Each image is used once an epoch, with two exceptions. Where the last few
    of a class are filled up to `images`, some are drawn a second time, or oftener if
    the class has fewer than that. A class that has far more images than the others
    leaves some over, others with every seed.

    Args:
        labels: Integer labels (N,).
        classes: Different classes in a batch.
        images: Images of each of them.
        seed: One number or several, that fix the choice; give every epoch its own.

    Returns:
        Indices (batches, classes * images), the images of a class side by side. How
        many batches there are does not depend on the seed.

    Raises:
        InputError: if a number is less than 1, or there are fewer classes.

    >>> y = np.repeat([0, 1, 2], 4)
    >>> rows = class_balanced_batches(y, classes=3, images=2)
    >>> rows.shape, y[rows[0]].reshape(3, 2).std(axis=1).tolist()
    ((2, 6), [0.0, 0.0, 0.0])

    With `tf.data`, of two epochs:

    >>> x = np.zeros((12, 8), "float32")
    >>> rows = [class_balanced_batches(y, 3, 2, seed) for seed in range(2)]
    >>> data = tf.data.Dataset.from_tensor_slices(np.concatenate(rows))
    >>> data = data.map(lambda i: (tf.gather(x, i), tf.gather(y, i)))
    >>> len(data), data.element_spec[0].shape
    (4, TensorShape([6, 8]))
    """
    integer("classes", classes, 1)
    integer("images", images, 1)
    labels = np.asarray(labels)
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    if len(members) < classes:
        raise InputError(
            f"classes={classes} is more than the {len(members)} classes that have "
            "images"
        )
    # RandomState's streams are frozen for ever; Generator's may change.
    random = np.random.RandomState(seed)
    groups = [_groups(own, images, random) for own in members]
    left = np.array([len(group) for group in groups])
    batches = []
    # The classes of which most is left come first: so the fewest images are left over.
    while np.count_nonzero(left) >= classes:
        order = np.lexsort((random.random_sample(len(left)), -left))[:classes]
        left[order] -= 1
        batches.append(np.concatenate([groups[c][left[c]] for c in order]))
    order = random.permutation(len(batches))
    return np.stack(batches)[order]


def _groups(
    members: np.ndarray, size: int, random: np.random.RandomState
) -> np.ndarray:
    """The members in random order, in groups of a size, the last one filled up."""
    order, missing = random.permutation(members), -len(members) % size
    # A group has no image twice, where the others suffice.
    others = order[: len(order) - len(order) % size]
    enough = missing <= len(others)
    more = random.choice(others if enough else order, missing, replace=not enough)
    return np.concatenate([order, more]).reshape(-1, size)


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
