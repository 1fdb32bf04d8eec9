import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.data.names import parse
from keras_pod.data.readers.tfds import find_builder, prepare


@pytest.fixture(scope="module")
def prepared(tfds_dir):
    return lambda name: prepare(parse(name), find_builder(parse(name).tfds, tfds_dir))


def test_what_is_known_of_a_set(prepared, monkeypatch):
    tiny = prepared("pod_tiny")
    assert (tiny.image, tiny.label, tiny.test) == ("image", "label", "test")
    assert tiny.class_names == ["cat", "dog"]
    assert tiny.image_shape == (6, 5, 3)
    assert (tiny.count("train"), tiny.count("test")) == (40, 12)
    for limit, whether in ((52 * 90 + 1, True), (52 * 90, False)):
        monkeypatch.setattr("keras_pod.data.readers.prepared.MAX_BYTES", limit)
        assert tiny.fits == whether
    monkeypatch.undo()
    photos = prepared("pod_photos")
    assert photos.test == "validation" and not photos.fits


def test_the_first_classes_and_a_set_without_test_split(prepared, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("keras_pod.data.names.Name.first", lambda *_: 1)
        (x, y, x_test, y_test), names, _ = prepared("pod_tiny").read()
    assert names == ["cat"] and set(y) | set(y_test) == {0}
    assert sorted(x[:, 0, 0, 0]) == list(range(0, 40, 2)) and len(x_test) == 6
    found = prepared("pod_tiny_train_only")
    assert found.test is None
    arrays = found.read().arrays
    assert np.bincount(arrays.y_test).tolist() == [2, 2]
    assert len(arrays.y_train) == 16


def values(records):
    """The labels of all images, and the set of the images."""
    found = list(records.read().as_numpy_iterator())
    images = {x for x, _ in found}
    assert len(found) == len(images) == records.num_images
    return [int(y) for _, y in found], images


def test_splits_as_they_are_or_a_share_held_out(prepared):
    photos = prepared("pod_photos")
    whole, test = map(values, photos.parts(0, None))
    assert np.bincount(whole[0]).tolist() == [12] * 4
    assert np.bincount(test[0]).tolist() == [3, 3, 2, 2]
    assert not whole[1] & test[1]
    train, test = map(values, photos.parts(0.25, None))
    assert (len(train[0]), len(test[0])) == (36, 12)
    assert train[1] | test[1] == whole[1]
    few, same = map(values, photos.parts(0.25, 10))
    assert len(few[0]) == 10 and same == test
    assert few[1] < train[1]


def test_streamed_without_test_split(prepared):
    photos = prepared("pod_photos_train_only")
    train, test = map(values, photos.parts(0, None))
    assert (len(train[0]), len(test[0])) == (16, 4)
    assert not train[1] & test[1]
    smaller, validation = map(values, photos.parts(0.5, 99))
    assert (len(smaller[0]), len(validation[0])) == (8, 8)
    assert smaller[1] | validation[1] == train[1]
    with pytest.raises(InputError, match="too few images of 'pod_photos_train_only'"):
        photos.parts(0.99, None)
    with pytest.raises(InputError, match="limit=3 .* 4 classes"):
        photos.parts(0, 3)
