"""The first classes of ImageNet, from archives as they are distributed, but small."""

import io
import tarfile
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import tensorflow_datasets as tfds

from keras_pod.core.errors import InputError
from keras_pod.data import load
from keras_pod.data.sets.imagenet_first import ImagenetFirst
from tests.data.tfds_sets import photo

TRAIN, VALIDATION = "ILSVRC2012_img_train.tar", "ILSVRC2012_img_val.tar"
WNIDS = ["n01440764", "n01443537", "n01484850", "n01491361"]


def add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))


def write(folder: Path, classes=WNIDS, validation=400) -> Path:
    """5 training images of each class, of the value 40 * class + number."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / TRAIN, "w") as outer:
        # In no order.
        for wnid in classes[::-1]:
            inner = io.BytesIO()
            with tarfile.open(fileobj=inner, mode="w") as archive:
                for i in range(5):
                    value = 40 * WNIDS.index(wnid) + i
                    data = photo(value, 20, 30, png=i == 0)
                    add(archive, f"{wnid}_{i}.JPEG", data)
            add(outer, f"{wnid}.tar", inner.getvalue())
    with tarfile.open(folder / VALIDATION, "w") as archive:
        for i in range(validation):
            data = photo(i % 200, 20, 30)
            add(archive, f"ILSVRC2012_val_{i + 1:08}.JPEG", data)
    return folder


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    return write(tmp_path_factory.mktemp("archives"))


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(ImagenetFirst, "VALIDATION_IMAGES", 400)


def expected_validation(classes: int) -> int:
    """How many of the first 400 validation images are of the first classes."""
    path = tfds.core.tfds_path("datasets/imagenet2012/validation_labels.txt")
    return sum(wnid in WNIDS[:classes] for wnid in path.read_text().split()[:400])


def place(archives: Path, data_dir: Path) -> None:
    manual = data_dir / "downloads" / "manual"
    manual.mkdir(parents=True)
    for name in (TRAIN, VALIDATION):
        (manual / name).symlink_to(archives / name)


def test_load(archives, tmp_path):
    place(archives, tmp_path)
    size = {"image_size": (8, 8), "test_short_side": 8}
    data = load("imagenet-3", data_dir=tmp_path, augment=None, **size)
    assert data.class_names == WNIDS[:3] and data.name == "imagenet-3"
    assert (data.num_train, data.num_test) == (15, expected_validation(3))
    (x, y), *_ = data.train.as_numpy_iterator()
    assert np.bincount(y).tolist() == [5, 5, 5]
    assert (abs(x[:, 0, 0, 0] - 40.0 * y - 2) <= 4).all()


def test_from_the_prepared_whole(archives, tmp_path, monkeypatch):
    class Whole:
        """As much of the TFDS builder imagenet2012 as is used."""

        info = mock.Mock(splits=["train", "validation"])

        def as_dataset(self, split, decoders):
            source = tfds.builder("imagenet_first/4", data_dir=tmp_path / "four")
            return source.as_dataset(split=split, decoders=decoders)

    place(archives, tmp_path / "four")
    load("imagenet-4", data_dir=tmp_path / "four")
    builder = tfds.builder
    monkeypatch.setattr(
        tfds,
        "builder",
        lambda name, **o: Whole() if name == "imagenet2012" else builder(name, **o),
    )
    data = load("imagenet-2", data_dir=tmp_path / "two", image_size=(8, 8))
    assert (data.num_train, data.num_test) == (10, expected_validation(2))
    assert data.class_names == WNIDS[:2]


def test_archives_that_are_not_whole(tmp_path):
    for name, options, message in [
        ("few", {"classes": WNIDS[:2]}, "no images of 1 classes .n01484850"),
        ("half", {"validation": 399}, "holds 399 images, not 400"),
    ]:
        place(write(tmp_path / name, **options), tmp_path / name / "data")
        with pytest.raises(InputError, match=message):
            load("imagenet-3", data_dir=tmp_path / name / "data")


def test_archives_that_are_missing(archives, tmp_path):
    place(archives, tmp_path)
    (tmp_path / "downloads" / "manual" / VALIDATION).unlink()
    with pytest.raises(
        InputError, match=r"'imagenet-3' is not in .*by hand.*load\('imagenet-3'"
    ):
        load("imagenet-3", data_dir=tmp_path)
    # TFDS would prepare it without the validation images.
    with pytest.raises(
        InputError, match=f"there is no {VALIDATION} to prepare it from"
    ):
        load("imagenet", data_dir=tmp_path)
