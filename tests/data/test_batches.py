import numpy as np
import pytest
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.data import class_balanced_batches, each_batch_twice

LABELS = np.random.default_rng(0).permutation(np.repeat([3, 5, 6, 9], [8, 9, 10, 2]))


@pytest.mark.parametrize(("classes", "images"), [(3, 4), (2, 3), (4, 1), (1, 5)])
def test_every_batch_has_so_many_of_so_many(classes, images):
    rows = class_balanced_batches(LABELS, classes, images)
    assert rows.shape[1] == classes * images
    for row in rows:
        of = LABELS[row].reshape(classes, images)
        assert np.all(of == of[:, :1]) and len(set(of[:, 0])) == classes
    again = class_balanced_batches(LABELS, classes, images)
    other = class_balanced_batches(LABELS, classes, images, seed=1)
    np.testing.assert_array_equal(rows, again)
    assert other.shape == rows.shape and np.any(other != rows)


def test_an_epoch_has_every_image_of_classes_alike():
    labels = np.arange(60) % 5
    rows = class_balanced_batches(labels, 5, 4)
    assert sorted(rows.ravel()) == list(range(60))
    # What fills up a last group is of the same class.
    rows = class_balanced_batches(labels, 5, 5)
    assert set(rows.ravel()) == set(range(60)) and rows.size == 75


def test_few_images_are_left_over_and_a_small_class_is_repeated():
    # Groups of 4: 2, 3, 3 and 1 of the classes; nine in threes are three batches.
    rows = class_balanced_batches(LABELS, 3, 4)
    assert len(rows) == 3
    small = rows[LABELS[rows] == 9]
    assert len(small) == 4 and len(set(small)) == 2


def test_a_batch_has_no_image_twice_where_the_others_suffice():
    labels = np.array([0] * 9 + [1] * 5)
    for seed in range(20):
        for images in (2, 4):
            for row in class_balanced_batches(labels, 2, images, seed):
                assert len(set(row)) == 2 * images


@pytest.mark.parametrize(
    ("classes", "images", "message"),
    [(0, 2, "classes"), (2, 0, "images"), (5, 2, "classes=5 is more than the 4 cl")],
)
def test_bad_numbers(classes, images, message):
    with pytest.raises(InputError, match=message):
        class_balanced_batches(LABELS, classes, images)


X = np.random.default_rng(0).normal(size=(10, 3)).astype("float32")
Y = np.arange(10, dtype=np.float32) % 4
INDEX = [0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7, 8, 9, 8, 9]


def batches(*arrays):
    whole = arrays if len(arrays) > 1 else arrays[0]
    return tf.data.Dataset.from_tensor_slices(whole).batch(4)


@pytest.mark.parametrize("whole", [X, (X, Y, Y), ({"a": X}, Y)])
def test_the_order_the_last_batch_and_the_structure(whole):
    data = batches(whole)
    doubled = each_batch_twice(data)
    assert doubled.element_spec == data.element_spec
    assert int(doubled.cardinality()) == 6
    parts = [tf.nest.flatten(batch)[0] for batch in doubled.as_numpy_iterator()]
    assert [len(batch) for batch in parts] == [4, 4, 4, 4, 2, 2]
    np.testing.assert_array_equal(np.concatenate(parts), X[INDEX])


def test_a_length_that_is_not_known_and_what_is_random():
    some = each_batch_twice(batches(X).filter(lambda x: len(x) == 4))
    assert int(some.cardinality()) == tf.data.UNKNOWN_CARDINALITY
    assert len(list(some)) == 4
    noisy = batches(X).map(lambda x: x + tf.random.normal(tf.shape(x)))
    # It is drawn once for both.
    first, second = list(each_batch_twice(noisy).take(2).as_numpy_iterator())
    np.testing.assert_array_equal(first, second)
