"""Made-up runs of a comparison, and the settings they share."""

import dataclasses
import json

from keras_pod.experiments.plan import Sweep, make_plan
from keras_pod.experiments.settings import Settings

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
