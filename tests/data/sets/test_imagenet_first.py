"""The first classes of ImageNet, from archives as they are distributed, but small."""

import io
import shutil
import tarfile

import numpy as np
import pytest
import tensorflow_datasets as tfds
from tensorflow_datasets.datasets.imagenet2012 import imagenet_common

from keras_pod.core.errors import InputError
from keras_pod.data import available, load
from tests.data.tfds_sets import photo

TRAIN, VALIDATION = "ILSVRC2012_img_train.tar", "ILSVRC2012_img_val.tar"
WNIDS = ["n01440764", "n01443537", "n01484850", "n01491361"]


def add(archive, name, data):
    member = tarfile.TarInfo(name)
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """5 training images of each class, of the value 40 * class + number."""
    folder = tmp_path_factory.mktemp("data")
    manual = folder / "downloads" / "manual"
    manual.mkdir(parents=True)
    with tarfile.open(manual / TRAIN, "w") as outer:
        # In no order.
        for wnid in WNIDS[::-1]:
            inner = io.BytesIO()
            with tarfile.open(fileobj=inner, mode="w") as archive:
                for i in range(5):
                    data = photo(40 * WNIDS.index(wnid) + i, 20, 30, png=i == 0)
                    add(archive, f"{wnid}_{i}.JPEG", data)
            add(outer, f"{wnid}.tar", inner.getvalue())
    with tarfile.open(manual / VALIDATION, "w") as archive:
        for i in range(400):
            data = photo(i % 200, 20, 30)
            add(archive, f"ILSVRC2012_val_{i + 1:08}.JPEG", data)
    # Who has the whole of ImageNet has this too: images without labels.
    with tarfile.open(manual / "ILSVRC2012_img_test.tar", "w") as archive:
        add(archive, "ILSVRC2012_test_00000001.JPEG", photo(1, 20, 30))
    return folder


def test_from_the_archives(data_dir):
    data = load("imagenet-3", data_dir=data_dir, augment=None, image_size=(8, 8))
    assert data.class_names == WNIDS[:3] and data.name == "imagenet-3"
    path = tfds.core.tfds_path("datasets/imagenet2012/validation_labels.txt")
    # So many of the first 400 validation images are of these classes.
    tests = sum(wnid in WNIDS[:3] for wnid in path.read_text().split()[:400])
    assert (data.num_train, data.num_test) == (15, tests)
    (x, y), *_ = data.train.as_numpy_iterator()
    assert np.bincount(y).tolist() == [5, 5, 5]
    assert (abs(x[:, 0, 0, 0] - 40.0 * y - 2) <= 4).all()


def test_archives_that_are_missing_or_cut(data_dir, tmp_path, monkeypatch):
    manual = tmp_path / "downloads" / "manual"
    manual.mkdir(parents=True)
    whole = (data_dir / "downloads" / "manual" / TRAIN).read_bytes()
    # Somebody else has prepared it without the validation images.
    (manual / TRAIN).write_bytes(whole)
    monkeypatch.setattr(imagenet_common, "get_validation_labels", lambda path: {})
    tfds.builder("imagenet2012", data_dir=tmp_path).download_and_prepare()
    with pytest.warns(UserWarning, match=f"without its validation .* {VALIDATION}"):
        load("imagenet", data_dir=tmp_path)
    shutil.rmtree(tmp_path / "imagenet2012")
    (manual / TRAIN).write_bytes(whole[: len(whole) // 2])
    # TFDS would prepare it without the validation images.
    for name in ("imagenet", "imagenet-3"):
        message = rf"there is no {VALIDATION} .* by hand.*load\('{name}'"
        with pytest.raises(InputError, match=message):
            load(name, data_dir=tmp_path)
        assert "to register on https" in available(name, tmp_path)[1]
    (manual / VALIDATION).symlink_to(data_dir / "downloads" / "manual" / VALIDATION)
    with pytest.raises(InputError, match="'imagenet-3' is not in .* .ReadError"):
        load("imagenet-3", data_dir=tmp_path)
