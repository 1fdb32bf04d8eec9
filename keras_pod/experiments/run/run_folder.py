"""The folder of a run: what is in it and how it is written, whole or not at all."""

import csv
import json
import os
import shutil
from pathlib import Path
from typing import Any

from keras_pod.core.disk import BESIDE, write_csv, write_whole
from keras_pod.core.errors import InputError

HISTORY_COLUMNS = (
    "epoch",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "feature_norm",
    "delta",
    "seconds",
)


class RunFolder:
    """Paths and files of one run.

    Args:
        path: the folder; made when something is written.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = Path(path)
        self.model = self.path / "model.keras"
        self.history = self.path / "history.csv"
        self.run = self.path / "run.json"
        self.curves = self.path / "curves.png"
        self.checkpoints = self.path / "checkpoints"
        self.frames = self.path / "frames"

    def remove_leftovers(self) -> None:
        """Removes what a killed process had half written."""
        for folder in (self.path, self.frames):
            for path in folder.glob(f"{BESIDE}*"):
                path.unlink()

    def remove_checkpoints(self) -> None:
        """Removes them; the lock of the process that trains stays."""
        for path in self.checkpoints.glob("epoch-*"):
            shutil.rmtree(path, ignore_errors=True)

    def write_json(self, content: dict) -> None:
        """Writes run.json."""
        text = json.dumps(content, indent=2) + "\n"
        write_whole(self.run, lambda path: path.write_text(text), durable=True)

    def read_json(self) -> dict | None:
        """run.json, or None if there is none.

        Raises:
            InputError: run.json is not JSON, or not a run's.
        """
        if not self.run.exists():
            return None
        try:
            content = json.loads(self.run.read_text())
        except (ValueError, RecursionError) as error:
            raise InputError(f"{self.run} is not a run's JSON file: {error}") from error
        parts = content if isinstance(content, dict) else {}
        if not all(isinstance(parts.get(k), dict) for k in ("settings", "data")):
            raise InputError(
                f"{self.run} is not a run's JSON file: it has no settings and data"
            )
        return content

    def write_history(self, rows: list[dict[str, Any]]) -> None:
        """Writes history.csv: one row an epoch."""
        write_csv(self.history, HISTORY_COLUMNS, rows, durable=True)

    def read_history(self) -> list[dict[str, Any]]:
        """The rows of history.csv, numbers as numbers."""
        if not self.history.exists():
            return []
        with self.history.open(newline="") as file:
            rows = list(csv.DictReader(file))
        return [{k: float(v) if v else None for k, v in row.items()} for row in rows]
