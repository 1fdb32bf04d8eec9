import numpy as np
import pytest
import requests

from keras_pod.core.errors import InputError
from keras_pod.data import load
from keras_pod.data.names import parse
from keras_pod.data.readers.tfds import find_builder, prepare


@pytest.fixture
def prepared(tfds_dir):
    return lambda name: prepare(parse(name), find_builder(parse(name).tfds, tfds_dir))


def test_prepared(prepared):
    found = prepared("pod_tiny")
    assert (found.image, found.label, found.test) == ("image", "label", "test")
    assert found.class_names == ["cat", "dog"] and found.num_classes is None
    assert found.image_shape == (6, 5, 3)
    assert (found.count("train"), found.count("test")) == (40, 12)
    labels = found.labels("train")
    assert labels.dtype == np.int32 and np.bincount(labels).tolist() == [20, 20]
    np.testing.assert_array_equal(labels, found.labels("train"))


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


def test_the_first_classes(prepared, monkeypatch):
    monkeypatch.setattr("keras_pod.data.names.Name.first", lambda *_: 1)
    found = prepared("pod_tiny")
    (x, y, x_test, y_test), names, _ = found.read()
    assert names == ["cat"] and set(y) | set(y_test) == {0} and found.num_classes == 1
    assert sorted(x[:, 0, 0, 0]) == list(range(0, 40, 2)) and len(x_test) == 6


def test_which_split_is_for_testing(prepared):
    assert prepared("pod_photos").test == "validation"
    found = prepared("pod_tiny_train_only")
    assert found.test is None
    arrays = found.read().arrays
    assert np.bincount(arrays.y_test).tolist() == [2, 2]
    assert len(arrays.y_train) == 16


def test_what_fits(prepared, monkeypatch):
    tiny = prepared("pod_tiny")
    for limit, whether in ((52 * 90 + 1, True), (52 * 90, False)):
        monkeypatch.setattr("keras_pod.data.readers.tfds.MAX_BYTES", limit)
        assert tiny.fits == whether
    monkeypatch.undo()
    assert not prepared("pod_photos").fits


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("pod_tiny_no_train", "no split 'train' but test"),
        ("pod_tiny_unsupervised", "one class label"),
        ("pod_tiny_unlabelled", "split 'test' .* is not labelled"),
        ("imdb_reviews", "one class label"),
        ("pod_tiny:9.9.9", "cannot open data set"),
    ],
)
def test_sets_that_do_not_fit(prepared, name, message):
    with pytest.raises(InputError, match=message):
        prepared(name)


@pytest.mark.parametrize("name", ["cifra10", "some:cifar10", "a b", "../up"])
def test_unknown_names(name):
    with pytest.raises(InputError, match=f"unknown data set '{name}'.*path") as info:
        find_builder(name)
    assert ("did you mean 'cifar10'" in str(info.value)) == ("cif" in name)


def test_a_download_fails_after_few_retries(tmp_path, monkeypatch):
    from tensorflow_datasets.core.download import downloader

    retries = []

    def get(self, url, **options):
        retries.append(downloader.MAX_RETRIES)
        raise requests.exceptions.ConnectionError("no route")

    before = downloader.MAX_RETRIES
    monkeypatch.setattr(requests.Session, "get", get)
    message = r"preparing it .* failed .ConnectionError: no route.*data_dir.*npz"
    with pytest.raises(InputError, match=message):
        load("pod_tiny_offline", data_dir=tmp_path)
    assert retries == [4]
    assert downloader.MAX_RETRIES == before
