"""The folder of a run: what is in it and how it is written, whole or not at all."""

import contextlib
import csv
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from keras_pod.core.disk import BESIDE, write_csv, write_model, write_whole
from keras_pod.core.errors import InputError
from keras_pod.core.printable import printable
from keras_pod.experiments.run.json_files import NUMBER, read_json, write_json
from keras_pod.experiments.run.settings import SHAPE

HISTORY_COLUMNS = tuple(
    "epoch loss accuracy val_loss val_accuracy feature_norm delta seconds".split()
)

RESULT = {
    "accuracy_last": NUMBER,
    "accuracy_best": NUMBER,
    "epoch_best": int,
    "train_accuracy_last?": NUMBER,
    "seconds": NUMBER,
    "parameters?": int,
}
RUN = {
    "settings": SHAPE,
    "backend?": str,
    "data": {
        "name?": str,
        "class_names?": [str],
        "image_shape?": [int],
        "mean?": [NUMBER],
        "std?": [NUMBER],
        "num_train?": int,
        "num_test?": int,
        "class_counts?": [int],
        "test_short_side?": int | None,
        "path?": str,
        "path_from_run?": str,
    },
    "result?": RESULT,
    "extended?": {"data": str},
    "calibration?": dict,
}


class RunFolder:
    """Paths and files of one run; the folder is made when something is written."""

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = Path(path)
        self.model = self.path / "model.keras"
        self.history = self.path / "history.csv"
        self.run = self.path / "run.json"
        self.curves = self.path / "curves.png"
        self.checkpoints = self.path / "checkpoints"

    def remove_leftovers(self) -> None:
        """Remove what a killed process had half written."""
        for path in self.path.glob(f"{BESIDE}*"):
            path.unlink()

    def remove_checkpoints(self) -> None:
        """Remove them; the lock of the process that trains stays."""
        for path in self.checkpoints.glob("epoch-*"):
            shutil.rmtree(path, ignore_errors=True)

    def write_model(self, model: Any, durable: bool = False) -> None:
        """Write model.keras."""
        write_whole(self.model, lambda path: write_model(path, model.save), durable)

    def write_json(self, content: dict) -> None:
        """Write run.json."""
        write_json(self.run, content, durable=True)

    def read_json(self) -> dict[str, Any] | None:
        """run.json, None if there is none; InputError if it is not a run's."""
        return self.content() if self.run.exists() else None

    def content(self) -> dict[str, Any]:
        """The content of run.json, which is there."""
        content = read_json(self.run, RUN, "a run's JSON file")
        if names := content["data"].get("class_names"):
            content["data"]["class_names"] = list(map(printable, names))
        return content

    def unfinished(self, run: dict[str, Any] | None, needed: str) -> InputError:
        """The error for a folder without a finished run."""
        state = "is not a run's folder" if run is None else "is not finished"
        return InputError(
            f"{self.path} {state}: it needs {needed}, which `keras-pod train --out` "
            "writes."
        )

    def write_history(self, rows: list[dict[str, Any]]) -> None:
        """Write history.csv: one row an epoch."""
        write_csv(self.history, HISTORY_COLUMNS, rows, durable=True)

    def read_history(self) -> list[dict[str, Any]]:
        """The rows of history.csv, numbers as numbers."""
        if not self.history.exists():
            return []
        try:
            with self.history.open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            return [
                {
                    name: float(row[name]) if row[name] else None
                    for name in HISTORY_COLUMNS
                }
                for row in rows
            ]
        except (ValueError, TypeError, KeyError, csv.Error) as error:
            raise InputError(f"{self.history} is not a history: {error!r}") from error


@contextlib.contextmanager
def alone(lock: Path, refusal: str) -> Iterator[None]:
    """Hold a lock that ends with this process; InputError if another one has it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        held = FileLock(lock).acquire(blocking=False)
    except Timeout as error:
        raise InputError(refusal) from error
    with held:
        yield
