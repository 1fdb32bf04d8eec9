"""A run that was trained once, for the tests of what goes on around a training."""

import dataclasses
import io
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.settings import Settings
from keras_pod.experiments.run.train import train

SMALL = {"backbone": "tiny", "epochs": 3, "dim": 8, "batch_size": 30, "lr": 0.3}


@dataclasses.dataclass(frozen=True)
class Finished:
    """A finished run: as it was asked for, its folder, its run.json, what it told.

    The folder is not to be written to.
    """

    settings: Settings
    path: Path
    run: dict
    text: str

    def copied(self, path):
        """A copy of its folder, to be written to."""
        return RunFolder(shutil.copytree(self.path, path))


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=100)


@pytest.fixture(scope="session")
def finished(npz, tmp_path_factory):
    settings = Settings(data=str(npz), class_balanced=2, **SMALL)
    path = tmp_path_factory.mktemp("finished") / "run"
    console = Console(file=io.StringIO(), width=100)
    run = train(settings, path, console)
    return Finished(settings, path, run, console.file.getvalue())
