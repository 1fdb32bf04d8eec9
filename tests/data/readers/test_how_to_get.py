from pathlib import Path

import pytest
import tensorflow_datasets as tfds

from keras_pod.data.readers.how_to_get import (
    IMAGENET,
    data_root,
    how_to_get,
    manual_folder,
    missing_files,
)
from keras_pod.data.readers.tfds import find_builder


@pytest.mark.parametrize("name", ["cifar10", "imagenet_first/30", "emnist/letters"])
def test_folders(tmp_path, name):
    builder = find_builder(name, tmp_path)
    assert data_root(builder) == tmp_path
    assert manual_folder(builder) == tmp_path / "downloads" / "manual"


def test_the_command_names_the_folder_if_it_is_another(tmp_path):
    default = Path(tfds.core.constants.DATA_DIR).expanduser()
    elsewhere = how_to_get(find_builder("cifar10", tmp_path), "cifar10")
    assert f"load('cifar10', data_dir='{tmp_path}')" in elsewhere
    usual = how_to_get(find_builder("cifar10", default), "cifar10")
    assert "load('cifar10')" in usual


def test_missing_files(tmp_path):
    builder = find_builder("imagenet2012", tmp_path)
    assert missing_files(builder, "imagenet2012") == list(IMAGENET)
    assert missing_files(builder, "cifar10") == []
    manual_folder(builder).mkdir(parents=True)
    (manual_folder(builder) / IMAGENET[0]).touch()
    assert missing_files(builder, "imagenet2012") == [IMAGENET[1]]
