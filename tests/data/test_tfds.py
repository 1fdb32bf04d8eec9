"""TensorFlow Datasets without network: sets that generate themselves."""

import time

import numpy as np
import pytest
import requests
import tensorflow_datasets as tfds

from keras_pod.data import load
from keras_pod.data.tfds import read_tfds
from keras_pod.errors import InputError


class _Tiny(tfds.core.GeneratorBasedBuilder):
    VERSION = tfds.core.Version("1.0.0")
    SHAPE = (6, 5, 3)
    SPLITS = {"train": 40, "test": 12}
    LABEL = tfds.features.ClassLabel(names=["cat", "dog"])
    SUPERVISED = ("image", "label")

    def _info(self):
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {"image": tfds.features.Image(shape=self.SHAPE), "label": self.LABEL}
            ),
            supervised_keys=self.SUPERVISED,
        )

    def _split_generators(self, dl_manager):
        return {s: self._examples(n) for s, n in self.SPLITS.items()}

    def _examples(self, count):
        shape = [n or 4 for n in self.SHAPE]
        for i in range(count):
            yield i, {"image": np.full(shape, i, np.uint8), "label": i % 2}

    def _generate_examples(self):
        raise NotImplementedError


class PodTiny(_Tiny):
    pass


class PodTinyValidation(_Tiny):
    SPLITS = {"train": 20, "validation": 10}


class PodTinyTrainOnly(_Tiny):
    SPLITS = {"train": 20}


class PodTinyVaried(_Tiny):
    SHAPE = (None, None, 3)


class PodTinyNoTrain(_Tiny):
    SPLITS = {"test": 10}


class PodTinyUnsupervised(_Tiny):
    SUPERVISED = None


class PodTinyOffline(_Tiny):
    def _split_generators(self, dl_manager):
        # .invalid never resolves, with or without network.
        dl_manager.download("https://host.invalid/images.zip")
        raise AssertionError("unreachable")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("tfds")


def test_train_and_test(data_dir):
    arrays, names = read_tfds("pod_tiny", data_dir)
    assert names == ["cat", "dog"]
    for x, y, count in ((*arrays[:2], 40), (*arrays[2:], 12)):
        assert x.shape == (count, 6, 5, 3) and x.dtype == np.uint8
        assert y.dtype == np.int32
        values = x[:, 0, 0, 0]
        assert sorted(values) == list(range(count))
        np.testing.assert_array_equal(values % 2, y)


def test_order_is_always_the_same(data_dir):
    a, _ = read_tfds("pod_tiny", data_dir)
    b, _ = read_tfds("pod_tiny", data_dir)
    np.testing.assert_array_equal(a.x_train, b.x_train)


def test_load_with_version(data_dir):
    data = load("pod_tiny:1.0.0", data_dir=data_dir)
    assert data.name == "pod_tiny:1.0.0"
    assert (data.num_train, data.num_test) == (40, 12)


def test_validation_serves_as_test(data_dir):
    assert len(read_tfds("pod_tiny_validation", data_dir)[0].y_test) == 10


def test_train_alone_is_parted(data_dir):
    arrays, _ = read_tfds("pod_tiny_train_only", data_dir)
    assert np.bincount(arrays.y_test).tolist() == [2, 2]
    assert len(arrays.y_train) == 16


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("pod_tiny_varied", "only fixed-size sets"),
        ("pod_tiny_no_train", "no split 'train' but test"),
        ("pod_tiny_unsupervised", "one class label"),
        ("imdb_reviews", "one class label"),
        ("imagenet2012", "only fixed-size sets"),
        ("pod_tiny:9.9.9", "cannot open data set"),
    ],
)
def test_sets_that_do_not_fit(data_dir, name, message):
    with pytest.raises(InputError, match=message):
        read_tfds(name, data_dir)


def test_too_large(data_dir, monkeypatch):
    monkeypatch.setattr("keras_pod.data.arrays.MAX_BYTES", 52 * 90)
    with pytest.raises(InputError, match="fit in memory"):
        read_tfds("pod_tiny", data_dir)


@pytest.mark.parametrize("name", ["cifra10", "some:cifar10", "a b", "../up"])
def test_unknown_names(data_dir, name):
    with pytest.raises(InputError, match=f"unknown data set '{name}'.*path") as info:
        read_tfds(name, data_dir)
    assert ("did you mean 'cifar10'" in str(info.value)) == ("cif" in name)


def test_download_fails(tmp_path):
    begin = time.monotonic()
    with pytest.raises(InputError, match=r"downloading it .* failed .*data_dir.*npz"):
        read_tfds("pod_tiny_offline", tmp_path)
    assert time.monotonic() - begin < 30


def test_retries_are_put_back(tmp_path, monkeypatch):
    from tensorflow_datasets.core.download import downloader

    retries = []

    def get(self, url, **options):
        retries.append(downloader.MAX_RETRIES)
        raise requests.exceptions.ConnectionError("no route")

    before = downloader.MAX_RETRIES
    monkeypatch.setattr(requests.Session, "get", get)
    with pytest.raises(InputError, match="ConnectionError: no route"):
        read_tfds("pod_tiny_offline", tmp_path)
    assert retries == [4]
    assert downloader.MAX_RETRIES == before
