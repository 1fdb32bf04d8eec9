"""Small files of each format, written where a test asks for them."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_pod.data.readers.prepared import Records
from tests.data import tfds_sets


@pytest.fixture(scope="session")
def write_image():
    """write(path, array) writes uint8 (h, w, c) in the format of the suffix."""

    def write(path: Path, image: np.ndarray) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(path)
        return path

    return write


@pytest.fixture(scope="session")
def tfds_dir(tmp_path_factory):
    """Where the sets of `tfds_sets` are prepared, once for all tests."""
    return tmp_path_factory.mktemp("tfds")


@pytest.fixture
def write_classes(write_image):
    """write(root, {class: count}) writes plain images, each of its own value."""

    def write(root: Path, counts: dict[str, int], shape=(6, 5, 1)) -> Path:
        value = 0
        for name, count in counts.items():
            for i in range(count):
                image = np.full(shape, value, np.uint8)
                write_image(root / name / f"{i:03}.png", image)
                value += 1
        return root

    return write


def _parse(record):
    label = tf.cast(tf.strings.to_number(tf.strings.substr(record, 0, 2)), tf.int32)
    return tf.strings.substr(record, 2, -1), label


@pytest.fixture(scope="session")
def records(tmp_path_factory):
    """30 photos in 5 files; the label n is the number of the photo, 8 * n its value."""
    folder = tmp_path_factory.mktemp("records")
    files = [str(folder / str(i)) for i in range(5)]
    for i, file in enumerate(files):
        with tf.io.TFRecordWriter(file) as writer:
            for n in range(6 * i, 6 * i + 6):
                photo = tfds_sets.photo(8 * n, 20 + n, 30)
                writer.write(b"%02d" % n + photo)
    take = np.full(5, 6, np.int64)
    return Records(files, take * 0, take, 30, _parse)
