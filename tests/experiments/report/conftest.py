"""Small runs on digits, trained once, and outputs that are made up."""

import json
import shutil

import numpy as np
import pytest

from keras_pod.experiments.cli import main as cli
from keras_pod.experiments.report.measurements import Outputs

SMALL = ["--backbone", "tiny", "--dim", "12", "--epochs", "2", "--limit", "200"]


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """The folders of a softmax and a pod run."""
    root = tmp_path_factory.mktemp("report")
    for loss in ("softmax", "pod"):
        arguments = ["train", "--loss", loss, *SMALL, "--out", str(root / loss)]
        assert cli.main(arguments) == 0
    return root / "softmax", root / "pod"


@pytest.fixture
def copies(trained, tmp_path):
    """Copies of the two."""
    for folder in trained:
        shutil.copytree(folder, tmp_path / folder.name)
    return tmp_path / "softmax", tmp_path / "pod"


def change(folder, edit=None, **settings):
    """Rewrites a run's settings, or its run.json, as if it had been trained so."""
    path = folder / "run.json"
    content = json.loads(path.read_text())
    content["settings"] |= settings
    if edit:
        edit(content)
    path.write_text(json.dumps(content))


def made_up(count=60, k=4, n=6, seed=0):
    """Outputs of a linear model (`vectors`) on clustered features."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(k, n))
    y = np.arange(count) % k
    x = (2 * vectors[y] + rng.normal(size=(count, n)) * 1.5).astype("float32")
    logits = (x @ vectors.T).astype("float32")
    backbone = rng.normal(size=(count, 8)).astype("float32")
    return Outputs(logits, x, y, backbone), vectors
