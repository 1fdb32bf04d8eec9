import numpy as np
import pytest
import tensorflow_datasets as tfds

from keras_pod.core.errors import InputError
from keras_pod.data import load
from keras_pod.data.readers.tfds import find_builder


def test_load(tfds_dir):
    data = load("pod_tiny:1.0.0", data_dir=tfds_dir)
    assert data.name == "pod_tiny:1.0.0" and data.class_names == ["cat", "dog"]
    arrays = data.arrays
    for x, y, count in ((*arrays[:2], 40), (*arrays[2:], 12)):
        assert x.shape == (count, 6, 5, 3) and x.dtype == np.uint8
        assert y.dtype == np.int32
        values = x[:, 0, 0, 0]
        assert sorted(values) == list(range(count))
        np.testing.assert_array_equal(values % 2, y)
    again = load("pod_tiny", data_dir=tfds_dir).arrays
    np.testing.assert_array_equal(arrays.x_train, again.x_train)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("pod_tiny_no_train", "no split 'train' but test"),
        ("pod_tiny_unlabelled", "split 'test' .* is not labelled"),
        ("imdb_reviews", "one class label"),
        ("pod_tiny:9.9.9", "cannot open data set"),
        ("pod_photos-2", "does not fit in memory; .* of imagenet only"),
    ],
)
def test_sets_that_do_not_fit(tfds_dir, name, message):
    with pytest.raises(InputError, match=message):
        load(name, data_dir=tfds_dir)


def test_sets_in_other_files(tfds_dir, tmp_path):
    form = {"data_dir": tmp_path, "file_format": "array_record"}
    tfds.builder("pod_tiny", **form).download_and_prepare()
    with pytest.raises(InputError, match="array_record files .* another data_dir"):
        load("pod_tiny", data_dir=tmp_path)


@pytest.mark.parametrize("name", ["CIFAR10", "some:cifar10", "a b", "../up"])
def test_unknown_names(name):
    with pytest.raises(InputError, match=f"unknown data set '{name}'.*path") as info:
        find_builder(name)
    assert ("did you mean 'cifar10'" in str(info.value)) == ("10" in name)
