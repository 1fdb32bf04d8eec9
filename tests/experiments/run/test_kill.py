"""`keras-pod train` killed by SIGKILL ends, started again, with the same bits."""

import contextlib
import io
import json
import random
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest
from rich.console import Console

from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.settings import Settings, flag
from keras_pod.experiments.run.train import train

ROOT = Path(__file__).parents[3]
EPOCHS = 6
SECONDS = 600
RUN = {
    "data": "digits",
    "limit": 120,
    "batch_size": 40,
    "epochs": EPOCHS,
    "backbone": "resnet8-4",
    "dim": 16,
}


def undisturbed(loss, out, **changes):
    """The run, to its end, in this process; seconds of an epoch."""
    log = Console(file=io.StringIO())
    train(Settings(loss=loss, **RUN | changes), out, log)
    return statistics.median(row["seconds"] for row in RunFolder(out).read_history())


def arguments(loss, out, **changes):
    """The run's command line."""
    words = ["train", "--loss", loss, "--out", str(out)]
    for name, value in (RUN | changes).items():
        words += [flag(name), str(value)]
    return words


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


def start(loss, out, **changes):
    """The run as a process of its own."""
    words = [sys.executable, "-c", COMMAND, *arguments(loss, out, **changes)]
    with (out.parent / f"{out.name}.log").open("ab") as log:
        return subprocess.Popen(words, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)


def rows(out):
    """history.csv without the seconds."""
    return [{**row, "seconds": None} for row in RunFolder(out).read_history()]


# What is there while something is written.
BESIDE = {
    "checkpoint": "checkpoints/writing",
    "history": ".writing-*-history.csv",
    "model": ".writing-*-model.keras",
}


def saved(out):
    """Epochs that the newest checkpoint holds."""
    found = (path.name for path in (out / "checkpoints").glob("epoch-*"))
    return max((int(name[-6:]) for name in found), default=0)


def there(out, pattern, since):
    """Whether there is such a file or folder that this start has written."""
    with contextlib.suppress(FileNotFoundError):
        return any(path.stat().st_mtime > since for path in out.glob(pattern))
    return False


def kill(process, out, place, epoch, delay):
    """Waits for the place in the run and for `delay` more seconds, then kills.

    Returns what the process was writing, by what it left.
    """
    began, end = time.time(), time.monotonic() + SECONDS
    if place == "step":
        # In an epoch after the first one of this start.
        epoch = min(max(epoch, saved(out) + 1), EPOCHS - 1)
    while process.poll() is None and time.monotonic() < end:
        done = len(rows(out))
        if place == "start" or (place == "step" and saved(out) >= epoch):
            break
        if place in BESIDE and done >= epoch and there(out, BESIDE[place], began):
            break
        if place == "history" and done > epoch:
            # Written faster than it could be seen.
            break
        time.sleep(0.0003 if done >= epoch else 0.02)
    time.sleep(delay)
    process.kill()
    assert process.wait(SECONDS) == -signal.SIGKILL, "ended before the kill"
    return [name for name, beside in BESIDE.items() if there(out, beside, began)]


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
    names = [sorted(path.name for path in out.iterdir()) for out in (one, other)]
    assert names[0] == names[1]
    for out in (one, other):
        names = {path.name for path in (out / "checkpoints").iterdir()}
        assert names <= {".lock"}


def killed_and_finished(loss, out, kills, **changes):
    """Runs it through all kills, and in this process to its end; what was written."""
    writing = []
    for place, epoch, delay in kills:
        process = start(loss, out, **changes)
        writing.append(kill(process, out, place, epoch, delay))
        print(f"{loss}: aimed at {place} from epoch {epoch}: writing {writing[-1]}")
    undisturbed(loss, out, **changes)
    return writing


def test_two_kills(tmp_path):
    undisturbed("pod", tmp_path / "whole", backbone="tiny")
    kills = [("checkpoint", 1, 0.004), ("model", EPOCHS, 0.002)]
    out = tmp_path / "killed"
    writing = killed_and_finished("pod", out, kills, backbone="tiny")
    assert "model" in writing[1]
    assert_same(tmp_path / "whole", out)


def random_kills(seed, seconds):
    """Four: one in an epoch, one in a checkpoint's write, two anywhere.

    Args:
        seed: of the random moments.
        seconds: that an epoch takes.
    """
    rng = random.Random(seed)
    places = ["step", "checkpoint", *rng.choices(["step", "start", *BESIDE], k=2)]
    kills = []
    for place in places:
        epoch = EPOCHS if place == "model" else rng.randint(0, EPOCHS - 2)
        longest = {"step": seconds, "start": 5.0}.get(place, 0.02)
        kills.append((place, epoch, rng.uniform(0, longest)))
    # A later kill finds its epoch still to come.
    return sorted(kills, key=lambda k: (k[1], k[0] != "start"))


# Five of the methods, with the most state besides the weights among them.
METHODS = ["pod", "center", "lgm", "rbf-softmax", "cot-alternate"]


@pytest.mark.slow
@pytest.mark.parametrize("loss", METHODS)
def test_twenty_kills(tmp_path, loss):
    epoch = undisturbed(loss, tmp_path / "whole")
    kills = random_kills(METHODS.index(loss), epoch)
    writing = killed_and_finished(loss, tmp_path / "killed", kills)
    assert len(writing) * len(METHODS) == 20
    assert any("checkpoint" in names for names in writing)
    assert_same(tmp_path / "whole", tmp_path / "killed")
