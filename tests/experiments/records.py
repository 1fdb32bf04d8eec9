"""Made-up runs of a comparison, and the settings they share."""

import dataclasses
import json

from keras_pod.experiments.compare.plan import Sweep, make_plan
from keras_pod.experiments.papers.recipes import Cell, PaperTable
from keras_pod.experiments.papers.reproduce import CellRuns
from keras_pod.experiments.run.settings import Settings

BASE = Settings(epochs=4, dim=8)


def plan(*names, seeds=2, sweep=None, base=BASE):
    return make_plan(names, base, seeds, sweep, num_classes=10)


def record(settings, accuracy, seconds=1.0, **notes):
    """A run that ended with an accuracy or a curve, or that failed for a reason."""
    made = {"settings": dataclasses.asdict(settings), "backend": "tensorflow", **notes}
    made["key"] = json.dumps(made["settings"], sort_keys=True)
    lost = dict.fromkeys(("loss", "val_loss", "val_accuracy", "seconds"), [])
    if isinstance(accuracy, str):
        return made | {"failed": accuracy, "history": lost}
    curve = accuracy
    if isinstance(accuracy, float):
        curve = [accuracy * share for share in (0.5, 0.88, 0.95, 1.0)]
    count = len(curve)
    result = {
        "accuracy_last": curve[-1],
        "accuracy_best": max(curve),
        "epoch_best": 1 + curve.index(max(curve)),
        "train_accuracy_last": 0.99,
        "seconds": count * seconds,
    }
    history = {"loss": [1.0] * count, "val_loss": [1.0] * count, "val_accuracy": curve}
    history["seconds"] = [9.0, *[seconds] * (count - 1)]
    return made | {"result": result, "history": history, "num_classes": 10}


SWEEP = Sweep(trials=4, epochs=2)


# The network is that of conftest.py.
TINY = Settings(epochs=1, dim=8, backbone="tiny", loss="cosine")


def table(name="mine"):
    """A small table of a paper."""
    nac = dataclasses.replace(TINY, loss="nac")
    return PaperTable(
        name,
        "two losses",
        (
            Cell("Cosine Loss", "digits", 90.0, TINY),
            Cell("NaC Loss", "digits", 91.5, nac, spread=0.2),
            Cell("n", "digits", 256, TINY, value="dim", ours=128),
        ),
        ("C7",),
        "a note",
    )


def records(made, seeds=2):
    """Its runs, ended."""
    accuracy = {"cosine": 0.90, "nac": 0.92}
    return [
        record(s, accuracy[s.loss] * (1 + 0.001 * s.seed**2))
        for s in CellRuns([made], seeds).todo([])
    ]
