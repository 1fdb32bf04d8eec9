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


def record(settings, accuracy, seconds=1.0):
    """A run that ended with that accuracy, or that failed with that reason."""
    made = {"settings": dataclasses.asdict(settings), "backend": "tensorflow"}
    made["key"] = json.dumps(made["settings"], sort_keys=True)
    if isinstance(accuracy, str):
        return made | {"failed": accuracy, "history": {"seconds": []}}
    curve = [accuracy * share for share in (0.5, 0.88, 0.95, 1.0)]
    result = {
        "accuracy_last": accuracy,
        "accuracy_best": accuracy,
        "epoch_best": 4,
        "train_accuracy_last": 0.99,
        "seconds": 4 * seconds,
    }
    history = {"val_accuracy": curve, "seconds": [9.0, *[seconds] * 3]}
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
