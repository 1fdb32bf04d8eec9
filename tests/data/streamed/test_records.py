from unittest import mock

import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.data.names import parse
from keras_pod.data.readers.tfds import find_builder, prepare
from keras_pod.data.streamed.records import train_and_test


@pytest.fixture(scope="module")
def prepared(tfds_dir):
    return lambda name: prepare(parse(name), find_builder(parse(name).base, tfds_dir))


@pytest.fixture(scope="module")
def parts(prepared):
    """parts(name, share, limit): the training and the test records."""
    return lambda name, *chosen: train_and_test(prepared(name), *(chosen or (0, None)))


def values(records):
    """The labels of all images, and the set of the images."""
    found = list(records.read().as_numpy_iterator())
    images = {x for x, _ in found}
    assert len(found) == len(images) == records.count
    return [int(y) for _, y in found], images


def test_splits_as_they_are_or_a_share_held_out(parts):
    whole, test = map(values, parts("pod_photos"))
    assert np.bincount(whole[0]).tolist() == [12] * 4
    assert np.bincount(test[0]).tolist() == [3, 3, 2, 2]
    assert not whole[1] & test[1]
    train, test = map(values, parts("pod_photos", 0.25, None))
    assert (len(train[0]), len(test[0])) == (36, 12)
    assert train[1] | test[1] == whole[1]
    few, same = map(values, parts("pod_photos", 0.25, 10))
    assert len(few[0]) == 10 and same == test
    assert few[1] < train[1]


def test_a_set_without_test_split(parts):
    train, test = map(values, parts("pod_photos_train_only"))
    assert (len(train[0]), len(test[0])) == (16, 4)
    assert not train[1] & test[1]
    smaller, validation = map(values, parts("pod_photos_train_only", 0.5, 99))
    assert (len(smaller[0]), len(validation[0])) == (8, 8)
    assert smaller[1] | validation[1] == train[1]


@pytest.mark.parametrize(
    ("share", "limit", "counts"),
    [(0, None, (24, 6)), (0.25, 5, (5, 6)), (0, 99, (24, 6))],
)
def test_the_first_classes(parts, share, limit, counts):
    found = list(map(values, parts("pod_photos-2", share, limit)))
    assert tuple(len(labels) for labels, _ in found) == counts
    for labels, _ in found:
        assert set(labels) <= {0, 1}
    assert not found[0][1] & found[1][1]


def test_too_few(parts):
    with pytest.raises(InputError, match="limit=3 .* 4 classes"):
        parts("pod_photos", 0, 3)
    parts("pod_photos-2", 0, 3)
    with pytest.raises(InputError, match="too few images of 'pod_photos_train_only'"):
        parts("pod_photos_train_only", 0.99, None)


def test_another_file_format(prepared):
    photos = prepared("pod_photos")
    form = mock.PropertyMock(return_value=mock.Mock(value="array_record"))
    with mock.patch.object(type(photos.builder.info), "file_format", form):
        with pytest.raises(InputError, match="array_record files .* another data_dir"):
            train_and_test(photos, 0, None)
