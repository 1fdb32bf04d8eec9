from unittest import mock

import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.data.readers.tfds import prepare
from keras_pod.data.streamed.records import train_and_test


@pytest.fixture(scope="module")
def sets(tfds_dir):
    names = ("pod_photos", "pod_photos_train_only")
    return {name: prepare(name, tfds_dir) for name in names}


def values(records):
    """The labels of all images, and the set of the images."""
    labels = [int(y) for _, y in records.read()]
    images = {x for x, _ in records.read().as_numpy_iterator()}
    assert len(labels) == len(images) == records.count
    return labels, images


def test_splits_as_they_are(sets):
    train, test = train_and_test(sets["pod_photos"], 4, 0, None)
    labels, images = values(train)
    assert np.bincount(labels).tolist() == [12] * 4
    assert np.bincount(values(test)[0]).tolist() == [3, 3, 2, 2]
    assert not images & values(test)[1]


def test_a_share_is_held_out(sets):
    whole, _ = train_and_test(sets["pod_photos"], 4, 0, None)
    train, test = train_and_test(sets["pod_photos"], 4, 0.25, None)
    assert (train.count, test.count) == (36, 12)
    assert values(train)[1] | values(test)[1] == values(whole)[1]
    few, same = train_and_test(sets["pod_photos"], 4, 0.25, 10)
    assert few.count == 10 and values(same) == values(test)
    assert values(few)[1] < values(train)[1]


def test_a_set_without_test_split(sets):
    train, test = train_and_test(sets["pod_photos_train_only"], 4, 0, None)
    assert (train.count, test.count) == (16, 4)
    assert not values(train)[1] & values(test)[1]
    smaller, validation = train_and_test(sets["pod_photos_train_only"], 4, 0.5, 99)
    assert (smaller.count, validation.count) == (8, 8)
    assert values(smaller)[1] | values(validation)[1] == values(train)[1]


@pytest.mark.parametrize(
    ("share", "limit", "counts"),
    [(0, None, (24, 6)), (0.25, 5, (5, 6)), (0, 99, (24, 6))],
)
def test_the_first_classes(sets, share, limit, counts):
    train, test = train_and_test(sets["pod_photos"], 2, share, limit)
    assert (train.count, test.count) == counts
    for part in (train, test):
        assert set(values(part)[0]) <= {0, 1}
    assert not values(train)[1] & values(test)[1]


def test_too_few(sets):
    with pytest.raises(InputError, match="limit=3 .* 4 classes"):
        train_and_test(sets["pod_photos"], 4, 0, 3)
    train_and_test(sets["pod_photos"], 2, 0, 3)
    with pytest.raises(InputError, match="too few images of 'pod_photos_train_only'"):
        train_and_test(sets["pod_photos_train_only"], 4, 0.99, None)


def test_another_file_format(sets):
    info = type(sets["pod_photos"].builder.info)
    form = mock.PropertyMock(return_value=mock.Mock(value="array_record"))
    with mock.patch.object(info, "file_format", form):
        with pytest.raises(InputError, match="array_record files .* another data_dir"):
            train_and_test(sets["pod_photos"], 4, 0, None)
