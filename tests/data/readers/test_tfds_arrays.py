import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.data.readers.tfds import prepare
from keras_pod.data.readers.tfds_arrays import fits, read_arrays


@pytest.fixture(scope="module")
def prepared(tfds_dir):
    return lambda name: prepare(name, tfds_dir)


def test_train_and_test(prepared):
    arrays, names = read_arrays(prepared("pod_tiny"), 2)
    assert names == ["cat", "dog"]
    for x, y, count in ((*arrays[:2], 40), (*arrays[2:], 12)):
        assert x.shape == (count, 6, 5, 3) and x.dtype == np.uint8
        assert y.dtype == np.int32
        values = x[:, 0, 0, 0]
        assert sorted(values) == list(range(count))
        np.testing.assert_array_equal(values % 2, y)
    again, _ = read_arrays(prepared("pod_tiny"), 2)
    np.testing.assert_array_equal(arrays.x_train, again.x_train)


def test_the_first_classes(prepared):
    (x, y, x_test, y_test), names = read_arrays(prepared("pod_tiny"), 1)
    assert names == ["cat"] and set(y) | set(y_test) == {0}
    assert sorted(x[:, 0, 0, 0]) == list(range(0, 40, 2)) and len(x_test) == 6


def test_train_alone_is_parted(prepared):
    arrays, _ = read_arrays(prepared("pod_tiny_train_only"), 2)
    assert np.bincount(arrays.y_test).tolist() == [2, 2]
    assert len(arrays.y_train) == 16


def test_unlabelled_images(prepared):
    with pytest.raises(InputError, match="split 'test' .* is not labelled"):
        prepared("pod_tiny_unlabelled")


def test_what_fits(prepared, monkeypatch):
    tiny = prepared("pod_tiny")
    for limit, whether in ((52 * 90 + 1, True), (52 * 90, False)):
        monkeypatch.setattr("keras_pod.data.readers.tfds_arrays.MAX_BYTES", limit)
        assert fits(tiny) == whether
    monkeypatch.undo()
    assert not fits(prepared("pod_photos"))
