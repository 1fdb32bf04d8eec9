"""An epoch of `keras-pod train`, of a plain `model.fit`, and of plain PyTorch."""

import csv
import json
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.cases import has_torch
from benchmarks.process import output
from benchmarks.report import Section, milliseconds, times
from benchmarks.timing import ratio, spread

_BATCH, _DIM = 128, 128


def epochs(quick: bool, repeats: int) -> Section:
    """ResNet-8, POD, 28 x 28 images; evaluations are timed, checkpoints are not."""
    title = "Epoch of keras-pod train, model.fit and plain PyTorch (ResNet-8, POD)"
    section = Section("epochs", title, ("program", "epoch", "as model.fit"))
    others = {"model.fit": "benchmarks.keras_fit"}
    if has_torch():
        others["plain torch"] = "benchmarks.torch_train"
    count, each = (1280, 2) if quick else (6400, 5)
    rounds = 1 if quick else -(-repeats // each)
    found: dict[str, list[float]] = {n: [] for n in ("keras-pod train", *others)}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.npz"
        _write(data, count)
        for i in range(rounds):
            # The first epoch compiles.
            ours = _ours(data, Path(folder) / f"run{i}", each + 1)[1:]
            found["keras-pod train"] += ours
            for name, module in others.items():
                found[name] += _seconds(module, data, each + 1)[1:]
    arrays = {name: np.array(seconds) for name, seconds in found.items()}
    for name, seconds in arrays.items():
        relative = ratio(arrays, name, "model.fit")
        section.add(
            (name, milliseconds(spread(seconds).median), times(relative)),
            program=name,
            images=count,
            seconds=spread(seconds),
            ratio=relative,
        )
    return section


def _write(path: Path, count: int) -> None:
    """Images of noise: how fast they are does not depend on what they show."""
    rng = np.random.default_rng(0)
    sizes = {"train": count, "test": count // 5}
    arrays = {}
    for part, size in sizes.items():
        shape = (size, 28, 28, 1)
        arrays[f"x_{part}"] = rng.integers(256, size=shape, dtype="uint8")
        arrays[f"y_{part}"] = np.arange(size) % 10
    np.savez(path, **arrays)


def _ours(data: Path, out: Path, count: int) -> list[float]:
    flags = ["--data", data, "--loss", "pod", "--backbone", "resnet8", "--dim", _DIM]
    flags += ["--augment", "none", "--batch-size", _BATCH, "--epochs", count]
    output("keras_pod", "train", *flags, "--out", out)
    with (out / "history.csv").open() as file:
        return [float(row["seconds"]) for row in csv.DictReader(file)]


def _seconds(module: str, data: Path, count: int) -> list[float]:
    flags = ["--dim", _DIM, "--batch-size", _BATCH, "--epochs", count]
    return json.loads(output(module, data, *flags))
