import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.data.readers.tfds import prepare
from keras_pod.data.readers.tfds_arrays import fits, read_arrays


@pytest.fixture(scope="module")
def prepared(tfds_dir):
    return lambda name: prepare(name, tfds_dir)


def test_train_and_test(prepared):
    arrays, names = read_arrays(prepared("pod_tiny"))
    assert names == ["cat", "dog"]
    for x, y, count in ((*arrays[:2], 40), (*arrays[2:], 12)):
        assert x.shape == (count, 6, 5, 3) and x.dtype == np.uint8
        assert y.dtype == np.int32
        values = x[:, 0, 0, 0]
        assert sorted(values) == list(range(count))
        np.testing.assert_array_equal(values % 2, y)


def test_order_is_always_the_same(prepared):
    a, _ = read_arrays(prepared("pod_tiny"))
    b, _ = read_arrays(prepared("pod_tiny"))
    np.testing.assert_array_equal(a.x_train, b.x_train)


def test_chosen_classes_get_new_labels(prepared):
    (x, y, x_test, y_test), names = read_arrays(prepared("pod_tiny"), [1])
    assert names == ["dog"] and set(y) | set(y_test) == {0}
    assert sorted(x[:, 0, 0, 0]) == list(range(1, 40, 2)) and len(x_test) == 6
    (x, y, _, _), names = read_arrays(prepared("pod_tiny"), [1, 0])
    assert names == ["dog", "cat"]
    np.testing.assert_array_equal(x[:, 0, 0, 0] % 2, 1 - y)


def test_train_alone_is_parted(prepared):
    arrays, _ = read_arrays(prepared("pod_tiny_train_only"))
    assert np.bincount(arrays.y_test).tolist() == [2, 2]
    assert len(arrays.y_train) == 16


def test_unlabelled_images(prepared):
    with pytest.raises(InputError, match="split 'test' .* is not labelled"):
        prepared("pod_tiny_unlabelled")


def test_what_fits(prepared, monkeypatch):
    tiny = prepared("pod_tiny")
    assert fits(tiny, 52)
    monkeypatch.setattr("keras_pod.data.readers.tfds_arrays.MAX_BYTES", 52 * 90)
    assert fits(tiny, 51) and not fits(tiny, 52)
    assert not fits(prepared("pod_photos"), 1)
