import numpy as np
import pytest
import requests

from keras_pod.core.errors import InputError
from keras_pod.data import load
from keras_pod.data.readers.tfds import prepare


def test_prepared(tfds_dir):
    prepared = prepare("pod_tiny", tfds_dir)
    assert (prepared.image, prepared.label, prepared.test) == ("image", "label", "test")
    assert prepared.class_names == ["cat", "dog"]
    assert prepared.image_shape == (6, 5, 3)
    assert (prepared.count("train"), prepared.count("test")) == (40, 12)
    labels = prepared.labels("train")
    assert labels.dtype == np.int32 and np.bincount(labels).tolist() == [20, 20]
    np.testing.assert_array_equal(labels, prepared.labels("train"))


def test_load_with_version(tfds_dir):
    data = load("pod_tiny:1.0.0", data_dir=tfds_dir)
    assert data.name == "pod_tiny:1.0.0"
    assert (data.num_train, data.num_test) == (40, 12)


@pytest.mark.parametrize(
    ("name", "test"),
    [
        ("pod_tiny_validation", "validation"),
        ("pod_tiny_train_only", None),
        ("pod_photos", "validation"),
    ],
)
def test_which_split_is_for_testing(tfds_dir, name, test):
    assert prepare(name, tfds_dir).test == test


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("pod_tiny_no_train", "no split 'train' but test"),
        ("pod_tiny_unsupervised", "one class label"),
        ("imdb_reviews", "one class label"),
        ("pod_tiny:9.9.9", "cannot open data set"),
    ],
)
def test_sets_that_do_not_fit(tfds_dir, name, message):
    with pytest.raises(InputError, match=message):
        prepare(name, tfds_dir)


@pytest.mark.parametrize("name", ["cifra10", "some:cifar10", "a b", "../up"])
def test_unknown_names(tfds_dir, name):
    with pytest.raises(InputError, match=f"unknown data set '{name}'.*path") as info:
        prepare(name, tfds_dir)
    assert ("did you mean 'cifar10'" in str(info.value)) == ("cif" in name)


def test_a_download_fails_after_few_retries(tmp_path, monkeypatch):
    from tensorflow_datasets.core.download import downloader

    retries = []

    def get(self, url, **options):
        retries.append(downloader.MAX_RETRIES)
        raise requests.exceptions.ConnectionError("no route")

    before = downloader.MAX_RETRIES
    monkeypatch.setattr(requests.Session, "get", get)
    with pytest.raises(
        InputError,
        match=r"preparing it .* failed .ConnectionError: no route.*data_dir.*npz",
    ):
        prepare("pod_tiny_offline", tmp_path)
    assert retries == [4]
    assert downloader.MAX_RETRIES == before
