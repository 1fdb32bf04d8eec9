"""results.jsonl of a search: one line a trial that ended."""

from pathlib import Path
from typing import Any

import keras

from keras_pod.experiments.compare.results import Record, Results

FILE = "results.jsonl"


class Trials:
    """The trials of a search that ended; several processes may add theirs.

    Args:
        folder: the search's.
    """

    def __init__(self, folder: Path) -> None:
        self.results = Results(folder / FILE, keras.backend.backend())

    def read(self) -> list[Record]:
        """Every trial that ended, in the order in which they did, each once."""
        found: dict[str, Record] = {}
        for record in self.results.read():
            found.setdefault(record["trial"], record)
        return list(found.values())

    def find(self, trial: str) -> Record | None:
        """The trial, if it ended."""
        return next((r for r in self.read() if r["trial"] == trial), None)

    def add(self, trial: str, record: Record) -> Record:
        """Notes a trial that ended, unless it has been noted before."""
        if self.find(trial) is None:
            self.results.add({"trial": trial, **record})
        return self.find(trial)


def ranked(records: list[Record]) -> list[Record]:
    """Best first, by the last epoch's accuracy, then by the last three epochs'.

    Trials that failed come last.
    """

    def key(record: Record) -> tuple[Any, ...]:
        if "result" not in record:
            return (1,)
        late = record["history"]["val_accuracy"][-3:]
        return 0, -record["result"]["accuracy_last"], -sum(late) / len(late)

    return sorted(records, key=key)
