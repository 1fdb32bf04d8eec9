import numpy as np
import pytest
import tensorflow as tf

from keras_pod.data import each_batch_twice

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
