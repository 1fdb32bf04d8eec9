"""`keras-pod train` killed by SIGKILL ends, started again, with the same bits."""

import contextlib
import json
import random
import signal
import statistics
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
from rich.console import Console

from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.settings import Settings, flag
from keras_pod.experiments.run.train import train
from tests.processes import ROOT

EPOCHS = 6
SECONDS = 600
RUN = {"data": "digits", "limit": 120, "batch_size": 40, "epochs": EPOCHS, "dim": 16}

# The command on a slow disk: a kill can then be aimed at what is being written.
COMMAND = """
import os, runpy, time
from keras_pod.models.backbone import _BUILDERS
from tests.experiments.conftest import tiny
_BUILDERS["tiny"] = tiny
sync = os.fsync
os.fsync = lambda file: (time.sleep(0.03), sync(file))
runpy.run_module("keras_pod", run_name="__main__")
"""

# What is there while something is written.
BESIDE = {"checkpoint": "checkpoints/writing", "model": ".writing-*-model.keras"}


def undisturbed(out, **settings):
    """The run, to its end, in this process; seconds of an epoch."""
    train(Settings(**RUN | settings), out, Console(quiet=True))
    return statistics.median(row["seconds"] for row in RunFolder(out).read_history())


def rows(out):
    """history.csv without the seconds."""
    return [{**row, "seconds": None} for row in RunFolder(out).read_history()]


def there(out, place, since):
    """Whether something is being written that this start has begun."""
    with contextlib.suppress(FileNotFoundError):
        return any(path.stat().st_mtime > since for path in out.glob(BESIDE[place]))
    return False


def killed(out, place, epoch, delay, **settings):
    """Start the run as a process, kill it at the place; what it was writing then."""
    words = [sys.executable, "-c", COMMAND, "train", "--out", str(out)]
    for name, value in (RUN | settings).items():
        words += [flag(name), str(value)]
    if place == "step":
        # In an epoch after those of the last start.
        epoch = min(max(epoch, len(rows(out)) + 1), EPOCHS - 1)
    began, end = time.time(), time.monotonic() + SECONDS
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL)
    while process.poll() is None and time.monotonic() < end:
        done = len(rows(out))
        if done >= epoch and (place == "step" or there(out, place, began)):
            break
        time.sleep(0.0003 if done >= epoch else 0.02)
    time.sleep(delay)
    process.kill()
    assert process.wait(SECONDS) == -signal.SIGKILL, "ended before the kill"
    return [name for name in BESIDE if there(out, name, began)]


def assert_same(one, other):
    """Two finished runs: numbers, weights and optimizers to the last bit."""
    assert rows(one) == rows(other)
    assert len(rows(one)) == EPOCHS
    results = [json.loads((out / "run.json").read_text()) for out in (one, other)]
    for result in results:
        del result["result"]["seconds"]
    assert results[0] == results[1]
    models = [keras.models.load_model(out / "model.keras") for out in (one, other)]
    ours, others = (m.weights + m.optimizer.variables for m in models)
    for a, b in zip(ours, others, strict=True):
        assert np.array_equal(*map(keras.ops.convert_to_numpy, (a, b))), a.path
    names = [{path.name for path in out.rglob("*")} - {".lock"} for out in (one, other)]
    assert names[0] == names[1] and not [n for n in names[0] if "epoch-" in n]


def test_a_kill(tmp_path):
    whole, out = tmp_path / "whole", tmp_path / "killed"
    undisturbed(whole, backbone="tiny")
    writing = killed(out, "checkpoint", 1, 0.004, backbone="tiny")
    assert "model" not in writing and 1 <= len(rows(out)) < EPOCHS
    undisturbed(out, backbone="tiny")
    assert_same(whole, out)


# Five of the methods, with the most state besides the weights among them.
METHODS = ["pod", "center", "lgm", "rbf-softmax", "cot-alternate"]


@pytest.mark.slow
@pytest.mark.parametrize("loss", METHODS)
def test_twenty_kills(tmp_path, loss):
    """Four of each method: in an epoch, in a checkpoint's and the model's write."""
    whole, out = tmp_path / "whole", tmp_path / "killed"
    settings = {"backbone": "resnet8-4", "loss": loss}
    seconds, rng = undisturbed(whole, **settings), random.Random(METHODS.index(loss))
    for place in ("step", "checkpoint", "step", "model"):
        epoch = EPOCHS if place == "model" else rng.randint(0, EPOCHS - 2)
        delay = rng.uniform(0, seconds if place == "step" else 0.02)
        killed(out, place, epoch, delay, **settings)
    undisturbed(out, **settings)
    assert_same(whole, out)
