"""FaceScrub from files as its users have them, only fewer."""

import hashlib
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from keras_pod.core.errors import InputError
from keras_pod.data import Augmentation, load
from keras_pod.data.names import parse
from keras_pod.data.sets.facescrub import Facescrub, choose_people

PEOPLE = {"Al_Pacino": "actor", "Ben_Kingsley": "actor", "Cate_Blanchett": "actress"}


def jpeg(value: int, shape=(40, 30, 3)) -> bytes:
    return tf.io.encode_jpeg(np.full(shape, value, np.uint8)).numpy()


def write_faces(root: Path, count: int = 5) -> Path:
    """Faces of three people, each person's of about one value."""
    for i, (name, sex) in enumerate(PEOPLE.items()):
        folder = root / "facescrub" / f"{sex}_faces" / name
        folder.mkdir(parents=True)
        for number in range(count):
            # A few are grey, and all are of another shape than wanted.
            shape = (40 + number, 30, 1 if number == 1 else 3)
            (folder / f"{name}_{number}.jpg").write_bytes(jpeg(60 * i + 10, shape))
    return root


def write_list(root: Path, lines: list[str], name="facescrub_actors.txt") -> None:
    header = "name\timage_id\tface_id\turl\tbbox\tsha256"
    (root / "facescrub" / name).write_text("\n".join([header, *lines]))


class FacescrubTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = Facescrub
    SPLITS = {"train": 15}

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.EXAMPLE_DIR = str(write_faces(Path(folder)))
        super().setUpClass()


@pytest.fixture
def manual(tmp_path, monkeypatch):
    monkeypatch.setattr("keras_pod.data.sets.facescrub.FEWEST_IMAGES", 5)
    return tmp_path / "downloads" / "manual"


def test_classes_images_and_parts(manual, tmp_path):
    write_faces(manual, count=20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = load("facescrub", data_dir=tmp_path, augment=None)
    assert data.class_names == ["Al Pacino", "Ben Kingsley", "Cate Blanchett"]
    x, y, x_test, y_test = data.arrays
    assert x.shape == (54, 64, 64, 3) and x_test.shape == (6, 64, 64, 3)
    for images, labels in ((x, y), (x_test, y_test)):
        expected = (60 * labels + 10)[:, None, None, None]
        assert abs(images.astype(int) - expected).max() <= 2
    # The same tenth of each person every time.
    assert np.bincount(y_test).tolist() == [2, 2, 2]
    again = load("facescrub", data_dir=tmp_path, seed=5)
    np.testing.assert_array_equal(again.arrays.x_test, x_test)
    assert again.augmentation == Augmentation(4, True)
    assert data.std == [0.267, 0.256, 0.276]
    two = load("facescrub-2", data_dir=tmp_path)
    assert two.class_names == ["Al Pacino", "Ben Kingsley"]
    assert (two.num_train, two.num_test) == (36, 4)


def test_full_images_are_cut_as_listed(manual, tmp_path):
    write_faces(manual)
    image = np.zeros((50, 80, 3), np.uint8)
    image[10:30, 20:40], image[30:50, 60:80] = 200, 100
    data = tf.io.encode_png(image).numpy()
    folder = manual / "facescrub" / "actors" / "images" / "Dan_Aykroyd"
    folder.mkdir(parents=True)
    for number in range(1, 8):
        (folder / f"Dan_Aykroyd_{number}.png").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    lines = [
        f"Dan Aykroyd\t{number}\t{number}\tu\t{box}\t{sha256}"
        for number, box, sha256 in [
            (1, "20,10,40,30", digest),
            (2, "60,30,90,60", digest),
            (3, "-5,60,3,70", digest),
            (4, "20,10,40,30", "0" * 64),
            *[(n, "20,10,40,30", "") for n in (5, 6, 7, 8)],
        ]
    ]
    write_list(manual, [*lines, "Eva Green\t1\t1\tu\t1,2,3,4\t"])
    with pytest.warns(UserWarning) as caught:
        data = load("facescrub", data_dir=tmp_path)
    messages = [str(warning.message) for warning in caught]
    assert any("1 people of the lists" in m and "Eva Green" in m for m in messages)
    assert any("2 of 22 faces could not be read" in m for m in messages)
    assert data.class_names[3] == "Dan Aykroyd"
    x = np.concatenate([data.arrays.x_train, data.arrays.x_test])
    y = np.concatenate([data.arrays.y_train, data.arrays.y_test])
    values = sorted(face.mean() for face in x[y == 3])
    assert values == [100, 200, 200, 200, 200]


def test_bad_images_are_left_out_and_counted(manual, tmp_path):
    write_faces(manual, count=8)
    folder = manual / "facescrub" / "actor_faces" / "Al_Pacino"
    (folder / "Al_Pacino_2.jpg").write_bytes(b"<html>404</html>")
    (folder / "Al_Pacino_3.jpg").write_bytes(jpeg(5)[:100])
    # A small file that claims 100,000 x 100,000 pixels.
    header = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + 2 * (100_000).to_bytes(4, "big")
    (folder / "Al_Pacino_4.png").write_bytes(header + bytes(30))
    with pytest.warns(UserWarning, match=r"3 of 25 faces.*first.*Al_Pacino_2\.jpg"):
        data = load("facescrub", data_dir=tmp_path)
    assert data.num_train + data.num_test == 22


def test_people_with_few_images_are_no_classes(manual, tmp_path):
    write_faces(manual, count=6)
    folder = manual / "facescrub" / "actor_faces" / "Ben_Kingsley"
    for number in (0, 1):
        (folder / f"Ben_Kingsley_{number}.jpg").unlink()
    data = load("facescrub", data_dir=tmp_path)
    assert data.class_names == ["Al Pacino", "Cate Blanchett"]
    with pytest.raises(InputError, match="'facescrub-3' asks for 3 people with 5 .* 2"):
        load("facescrub-3", data_dir=tmp_path)
    with pytest.raises(InputError, match="from 2 to 2"):
        load("facescrub-1", data_dir=tmp_path)


def test_nothing_there(tmp_path):
    instructions = r"facescrub.*actor_faces/NAME/.*Then run python -c .*load\('facesc"
    with pytest.raises(InputError, match=instructions):
        load("facescrub-100", data_dir=tmp_path)
    write_faces(tmp_path / "downloads" / "manual", count=0)
    with pytest.raises(InputError, match="holds faces of 0 people.*actor_faces/NAME"):
        load("facescrub", data_dir=tmp_path)


def test_which_people_and_how_many_are_for_testing():
    from keras_pod.data.sets.facescrub import test_share

    labels = np.repeat(np.arange(400), [70] * 361 + [69] * 39)
    names = [f"P{i:03}" for i in range(400)]
    assert choose_people(labels, names, parse("facescrub")) == list(range(361))
    assert choose_people(labels, names, parse("facescrub-361")) == list(range(361))
    assert choose_people(labels, names, parse("facescrub-100")) == list(range(100))
    with pytest.raises(InputError, match="ask for facescrub-361 or fewer"):
        choose_people(labels, names, parse("facescrub-362"))
    assert (test_share(None), test_share(361), test_share(100)) == (0.1, 0.1, 0.2)
