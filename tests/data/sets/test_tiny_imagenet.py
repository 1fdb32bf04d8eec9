"""Tiny ImageNet from files as its authors lay them out, only fewer."""

import zipfile

import numpy as np
import pytest
import tensorflow_datasets as tfds

from keras_pod.core.errors import InputError
from keras_pod.data import load
from keras_pod.data.sets.tiny_imagenet import TinyImagenet
from tests.data.image_bytes import encode

WNIDS = ["n02000002", "n01000001", "n03000003"]
NAME = "tiny-imagenet-200"
URL = next(iter(TinyImagenet.url_infos))


def jpeg(value: int, grey: bool = False) -> bytes:
    image = np.full((64, 64) if grey else (64, 64, 3), value, np.uint8)
    return encode(image, "JPEG", quality=100)


def files():
    """Three classes; the images of class i have about the value 40 * i + number."""
    lines = []
    for i, wnid in enumerate(sorted(WNIDS)):
        yield f"{NAME}/train/{wnid}/{wnid}_boxes.txt", ""
        for number in range(4):
            # One in four is grey.
            data = jpeg(40 * i + 10 * number, grey=number == 3)
            yield f"{NAME}/train/{wnid}/images/{wnid}_{number}.JPEG", data
        for number in (i, i + 3):
            yield f"{NAME}/val/images/val_{number}.JPEG", jpeg(40 * i + 5 + number)
            lines.append(f"val_{number}.JPEG\t{wnid}\t0\t0\t62\t62")
    yield f"{NAME}/val/val_annotations.txt", "\n".join(lines)
    yield f"{NAME}/wnids.txt", "\n".join(WNIDS)
    words = ["n01000001\tcrane", "n02000002\tcrane, heron", "n03000003\tjar"]
    yield f"{NAME}/words.txt", "\n".join([*words, "n09999999\tother, word"])
    yield f"{NAME}/test/images/test_0.JPEG", jpeg(0)


def test_images_and_labels(tmp_path, monkeypatch):
    monkeypatch.setattr(TinyImagenet, "NUM_CLASSES", 3)
    # TFDS finds an archive that was fetched by hand there.
    archive = tmp_path / "downloads" / "manual" / f"{NAME}.zip"
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as opened:
        for name, content in files():
            opened.writestr(name, content)
    with pytest.raises(InputError, match="wrong checksum"):
        load("tiny_imagenet", data_dir=tmp_path)
    info = tfds.download.checksums.compute_url_info(archive)
    monkeypatch.setattr(TinyImagenet, "url_infos", {URL: info})
    data = load("tiny_imagenet", data_dir=tmp_path)
    assert data.class_names == ["n01000001 crane", "n02000002 crane", "n03000003 jar"]
    x, y, x_test, y_test = data.arrays
    assert x.shape == (12, 64, 64, 3) and x_test.shape == (6, 64, 64, 3)
    for images, labels in ((x, y), (x_test, y_test)):
        # The value tells the class, in the grey images too.
        assert (abs(images[:, -1, -1] - 40.0 * labels[:, None] - 15) <= 17).all()
    assert np.bincount(y).tolist() == [4, 4, 4]
    assert np.bincount(y_test).tolist() == [2, 2, 2]
