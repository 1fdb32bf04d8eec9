"""Tiny ImageNet from files as its authors lay them out, only fewer."""

import shutil
import tempfile
import zipfile
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from keras_pod.core.errors import InputError
from keras_pod.data import load
from keras_pod.data.sets.tiny_imagenet import TinyImagenet

WNIDS = ["n02000002", "n01000001", "n03000003"]
NAME = "tiny-imagenet-200"
SMALL = {"NUM_CLASSES": 3, "TRAIN_PER_CLASS": 4, "VAL_PER_CLASS": 2}
URL = next(iter(TinyImagenet.url_infos))


def jpeg(value: int, channels: int = 3, size: int = 64) -> bytes:
    image = np.full((size, size, channels), value, np.uint8)
    image[:8] = value // 2
    return tf.io.encode_jpeg(image, quality=100).numpy()


def write(root: Path) -> Path:
    """Three classes; the images of class i have about the value 40 * i + number."""
    root = root / NAME
    for i, wnid in enumerate(sorted(WNIDS)):
        folder = root / "train" / wnid / "images"
        folder.mkdir(parents=True)
        (root / "train" / wnid / f"{wnid}_boxes.txt").write_text("")
        for number in range(4):
            # One in four is grey.
            data = jpeg(40 * i + 10 * number, 1 if number == 3 else 3)
            (folder / f"{wnid}_{number}.JPEG").write_bytes(data)
    (root / "val" / "images").mkdir(parents=True)
    lines = []
    for number in range(6):
        wnid = sorted(WNIDS)[number % 3]
        data = jpeg(40 * (number % 3) + 5 + number)
        (root / "val" / "images" / f"val_{number}.JPEG").write_bytes(data)
        lines.append(f"val_{number}.JPEG\t{wnid}\t0\t0\t62\t62\n")
    (root / "val" / "val_annotations.txt").write_text("".join(lines))
    (root / "wnids.txt").write_text("\n".join(WNIDS))
    words = ["n01000001\tcrane", "n02000002\tcrane, heron", "n03000003\tjar"]
    (root / "words.txt").write_text("\n".join([*words, "n09999999\tother, word"]))
    (root / "test" / "images").mkdir(parents=True)
    return root


class TinyImagenetTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = TinyImagenet
    SPLITS = {"train": 12, "validation": 6}

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.EXAMPLE_DIR = str(write(Path(folder)).parent)
        cls.enterClassContext(mock.patch.multiple(TinyImagenet, **SMALL))
        super().setUpClass()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write(tmp_path_factory.mktemp("files")).parent


@pytest.fixture
def prepare(files, tmp_path, monkeypatch):
    """prepare(change) loads the set after `change(root)` was done to its files."""
    for name, value in SMALL.items():
        monkeypatch.setattr(TinyImagenet, name, value)

    def prepare(change=lambda root: None, **options):
        copy = tmp_path / "copy"
        shutil.copytree(files, copy)
        change(copy / NAME)
        monkeypatch.setattr(
            tfds.download.DownloadManager, "download_and_extract", lambda *_: copy
        )
        return load("tiny_imagenet", data_dir=tmp_path / "data", **options)

    return prepare


def test_images_and_labels(prepare):
    data = prepare(augment=None)
    assert data.class_names == ["n01000001 crane", "n02000002 crane", "n03000003 jar"]
    x, y, x_test, y_test = data.arrays
    assert x.shape == (12, 64, 64, 3) and x_test.shape == (6, 64, 64, 3)
    for images, labels in ((x, y), (x_test, y_test)):
        # The value tells the class, in the grey images too.
        assert (abs(images[:, -1, -1] - 40.0 * labels[:, None] - 15) <= 17).all()
    assert np.bincount(y).tolist() == [4, 4, 4]
    assert np.bincount(y_test).tolist() == [2, 2, 2]
    # The constants of the published code.
    assert data.mean == [0.507, 0.487, 0.441]


def test_augmentation_is_that_of_the_paper(prepare):
    augmentation = prepare().augmentation
    assert (augmentation.pad, augmentation.flip) == (4, True)


def corrupt(root):
    (root / "train" / WNIDS[0] / "images" / f"{WNIDS[0]}_1.JPEG").write_bytes(b"?")


def shorten(root):
    path = root / "val" / "images" / "val_3.JPEG"
    path.write_bytes(path.read_bytes()[:200])


def enlarge(root):
    path = root / "train" / WNIDS[0] / "images" / f"{WNIDS[0]}_1.JPEG"
    path.write_bytes(jpeg(3, size=32))


def annotate(old, new):
    def change(root):
        path = root / "val" / "val_annotations.txt"
        path.write_text(path.read_text().replace(old, new))

    return change


def link_out(root):
    folder = root / "train" / WNIDS[0] / "images"
    outside = folder.parents[3] / "outside.JPEG"
    shutil.copy(folder / f"{WNIDS[0]}_1.JPEG", outside)
    (folder / f"{WNIDS[0]}_1.JPEG").unlink()
    (folder / f"{WNIDS[0]}_1.JPEG").symlink_to(outside)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (corrupt, r"n02000002_1\.JPEG.*not a whole"),
        (shorten, r"val_3\.JPEG.*not a whole"),
        (enlarge, "is 32x32; all images are 64x64"),
        (link_out, "is a link that leads out"),
        (lambda r: shutil.rmtree(r / "train" / WNIDS[1]), "holds 0 images, not 4"),
        (
            lambda r: next((r / "train" / WNIDS[1] / "images").iterdir()).unlink(),
            "holds 3 images, not 4",
        ),
        (lambda r: (r / "wnids.txt").write_text("n01000001"), "names 1 classes, not 3"),
        (lambda r: (r / "wnids.txt").write_text("../n0100001"), r"\.\./n0100001"),
        (lambda r: (r / "wnids.txt").unlink(), "wnids.txt' cannot be read"),
        (lambda r: (r / "words.txt").write_text("n01000001\tx"), "no line for n02"),
        (annotate("val_3.JPEG", "../../wnids.txt"), "line 4 .*names '../../wnids.txt'"),
        (annotate("val_3.JPEG", "val_9.JPEG"), "val_9.JPEG': No such file"),
        (annotate("val_3.JPEG\tn01000001", "val_3.JPEG\tn5"), "line 4 .* no class"),
        (
            annotate("val_3.JPEG\tn01000001", "val_3.JPEG\tn02000002"),
            "names 1 images of n01000001, not 2",
        ),
    ],
)
def test_other_files_are_refused(prepare, change, message):
    with pytest.raises(InputError, match=message):
        prepare(change)


def test_the_archive_may_be_fetched_by_hand(files, tmp_path, monkeypatch):
    for name, value in SMALL.items():
        monkeypatch.setattr(TinyImagenet, name, value)
    manual = tmp_path / "downloads" / "manual"
    manual.mkdir(parents=True)
    with zipfile.ZipFile(manual / f"{NAME}.zip", "w") as archive:
        for path in sorted(files.rglob("*")):
            archive.write(path, path.relative_to(files))
        # What leads out of the folder is left out by TFDS.
        for name in ("../escaped.txt", "/tmp/../escaped.txt", "a/../../escaped.txt"):
            archive.writestr(name, "x")
    with pytest.raises(InputError, match="wrong checksum"):
        load("tiny_imagenet", data_dir=tmp_path)
    info = tfds.download.checksums.compute_url_info(manual / f"{NAME}.zip")
    monkeypatch.setattr(TinyImagenet, "url_infos", {URL: info})
    assert load("tiny_imagenet", data_dir=tmp_path).num_train == 12
    assert not list(tmp_path.rglob("escaped.txt"))
