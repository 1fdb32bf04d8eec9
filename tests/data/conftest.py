"""Small files of each format, written where a test asks for them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_pod.data import ImageData
from keras_pod.data.arrays import Arrays
from tests.data import tfds_sets  # noqa: F401


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


@pytest.fixture
def numbered():
    """make(count, ...): 1x1 images whose value is their index, two classes."""

    def make(count: int = 50, **options) -> ImageData:
        x = np.arange(count, dtype=np.uint8).reshape(count, 1, 1, 1)
        y = (np.arange(count) % 2).astype(np.int32)
        options = {"batch_size": 16, "seed": 3, **options}
        return ImageData("numbered", Arrays(x, y, x, y), ["even", "odd"], **options)

    return make
