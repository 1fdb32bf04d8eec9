"""FaceScrub from a folder of faces for each person, only fewer."""

import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.data import available, load
from keras_pod.data.sets import facescrub as module

PEOPLE = ("Al Pacino", "Ben Kingsley", "Cate Blanchett", "Few Images")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory, write_image):
    """20 faces of three people, each person's of about one value; 4 of another."""
    root = tmp_path_factory.mktemp("data")
    for i, name in enumerate(PEOPLE):
        for number in range(20 if i < 3 else 4):
            # A few are grey, and all are of another shape than wanted.
            shape = (40 + number, 30, 1 if number == 1 else 3)
            path = module.faces_folder(root) / name / f"{number}.jpg"
            write_image(path, np.full(shape, 60 * i + 10, np.uint8))
    return root


@pytest.fixture(autouse=True)
def fewer(monkeypatch):
    monkeypatch.setattr(module, "FEWEST_IMAGES", 5)


def test_people_images_and_parts(data_dir):
    data = load("facescrub", data_dir=data_dir)
    assert data.class_names == list(PEOPLE[:3])
    x, y, x_test, y_test = data.arrays
    assert x.shape == (54, 64, 64, 3) and x_test.shape == (6, 64, 64, 3)
    for images, labels in ((x, y), (x_test, y_test)):
        assert labels.dtype == np.int32
        expected = (60 * labels + 10)[:, None, None, None]
        assert abs(images.astype(int) - expected).max() <= 2
    # The same tenth of each person every time.
    assert np.bincount(y_test).tolist() == [2, 2, 2]
    again = load("facescrub", data_dir=data_dir, seed=5)
    np.testing.assert_array_equal(again.arrays.x_test, x_test)


def test_the_first_people(data_dir, monkeypatch):
    data = load("facescrub-2", data_dir=data_dir)
    assert data.class_names == list(PEOPLE[:2])
    assert (data.num_train, data.num_test) == (36, 4)
    with monkeypatch.context() as patch:
        patch.setattr(module, "FEWEST_IMAGES", 21)
        with pytest.raises(InputError, match="has 0 people with 21 images or more"):
            load("facescrub", data_dir=data_dir)
    # Of a hundred people a fifth is for testing.
    files = [data_dir / str(i) for i in range(1000)]
    listed = [f"P{i}" for i in range(100)], files, np.arange(1000) % 100
    monkeypatch.setattr(module, "list_classes", lambda *_: listed)
    monkeypatch.setattr(
        module, "read_files", lambda files, *_: np.zeros((len(files), 2, 2, 3), "uint8")
    )
    assert load("facescrub-100", data_dir=data_dir).num_test == 200
    assert load("facescrub-99", data_dir=data_dir).num_test == 99


def test_not_there(tmp_path):
    place = tmp_path / "downloads" / "manual" / "facescrub"
    laid_out = rf"by hand.*NAME/\*\.jpg.* into '{place}'"
    with pytest.raises(InputError, match=f"no folder '{place}'.*{laid_out}"):
        load("facescrub-100", data_dir=tmp_path)
    there, where = available("facescrub-100", tmp_path)
    assert not there and str(place) in where
    place.mkdir(parents=True)
    assert available("facescrub", tmp_path) == (True, f"'{place}'")
