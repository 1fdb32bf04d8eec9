"""A small data set that any network learns: where the bright square is."""

import dataclasses
import gc
import shutil
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_pod.evaluation.in_model import with_output
from keras_pod.experiments.cli import main as cli
from keras_pod.layers import Calibration
from keras_pod.models.backbone import _BUILDERS


def tiny(shape, seed=None):
    """A network without weights, where only what goes on around it is tested."""
    return keras.Sequential([keras.Input(shape), keras.layers.Flatten()])


def small(shape, seed=None):
    """A network that finds shapes, and is quick to train and to load."""
    return keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.GlobalMaxPooling2D(),
        ]
    )


@pytest.fixture(scope="session", autouse=True)
def _they_are_backbones():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(_BUILDERS, "tiny", tiny)
        patch.setitem(_BUILDERS, "small", small)
        yield


@pytest.fixture(autouse=True)
def _nothing_is_collected(monkeypatch):
    """It is done before every run and trial, and takes as long as one of these."""
    monkeypatch.setattr(gc, "collect", lambda *arguments: 0)


def with_bias(model, bias, temperature=1.0):
    """The classifier with probabilities that have a bias for each class."""
    layer = Calibration(temperature, bias, name="probabilities")
    return with_output(model, "probabilities", layer(model.output["logits"]))


def copy_with_bias(run, folder, bias):
    shutil.copytree(run, folder)
    model = keras.models.load_model(folder / "model.keras")
    with_bias(model, bias).save(folder / "model.keras")
    return folder


def squares(count, seed):
    """Images (count, 8, 8, 1) with their labels."""
    rng = np.random.default_rng(seed)
    y = np.arange(count) % 3
    x = rng.integers(0, 60, size=(count, 8, 8, 1))
    for image, label in zip(x, y, strict=True):
        image[3 * label : 3 * label + 2] += 150
    return x.astype("uint8"), y


def save_squares(path, count=240, seed=0):
    """An .npz file with so many training and 30 test images."""
    (x_train, y_train), (x_test, y_test) = squares(count, seed), squares(30, seed + 1)
    np.savez(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return path


@pytest.fixture(scope="session")
def npz(tmp_path_factory):
    return save_squares(tmp_path_factory.mktemp("data") / "squares.npz")


@pytest.fixture(scope="session")
def squares_run(tmp_path_factory):
    """The folder, not to be written to, and the data of a run on some squares."""
    folder = tmp_path_factory.mktemp("squares")
    data, run = save_squares(folder / "squares.npz"), folder / "run"
    flags = ["--backbone", "tiny", "--dim", "8", "--epochs", "6", "--lr", "0.3"]
    flags += ["--validation-split", "0.25", "--limit", "90", "--batch-size", "45"]
    flags += ["--log", "tensorboard"]
    assert cli.main(["train", "--data", str(data), *flags, "--out", str(run)]) == 0
    return SimpleNamespace(run=run, data=data)


def bars(count, seed):
    """Four classes in much noise: a bar that lies, one that stands, both, none."""
    rng = np.random.default_rng(seed)
    y = np.arange(count) % 4
    x = rng.integers(0, 120, size=(count, 8, 8, 1))
    place = rng.integers(1, 6, size=(count, 2))
    for image, label, (row, column) in zip(x, y, place, strict=True):
        if label in (0, 2):
            image[row : row + 2] += 90
        if label in (1, 2):
            image[:, column : column + 2] += 90
    return np.minimum(x, 255).astype("uint8"), y


@dataclasses.dataclass(frozen=True)
class Bars:
    """A run on the `first` three classes of the `whole` bars, with room for one."""

    run: Path
    first: Path
    whole: Path

    def folder(self, path, classes, count=8):
        """Test images as a folder of class folders."""
        with np.load(self.whole) as file:
            x, y = file["x_test"], file["y_test"]
        for c in classes:
            (path / str(c)).mkdir(parents=True)
            for i, image in enumerate(x[y == c][:count]):
                png = tf.io.encode_png(image).numpy()
                (path / str(c) / f"{i}.png").write_bytes(png)
        return path


@pytest.fixture(scope="session")
def bars_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bars")
    x, y, x_test, y_test = *bars(480, 0), *bars(160, 1)
    for name, most in (("first", 3), ("whole", 4)):
        arrays = {"x_train": x[y < most], "y_train": y[y < most]}
        arrays |= {"x_test": x_test[y_test < most], "y_test": y_test[y_test < most]}
        np.savez(folder / f"{name}.npz", **arrays)
    first, run = folder / "first.npz", folder / "run"
    flags = ["--backbone", "small", "--dim", "8", "--epochs", "8", "--lr", "0.3"]
    flags += ["--reserve", "1", "--batch-size", "30"]
    assert cli.main(["train", "--data", str(first), *flags, "--out", str(run)]) == 0
    return Bars(run, first, folder / "whole.npz")
