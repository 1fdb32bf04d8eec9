"""results.jsonl of a search: one line a trial that ended, and the progress in them."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import keras
from rich.console import Console

from keras_pod.experiments.compare.progress import Follow
from keras_pod.experiments.compare.results import Record, Results
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.settings import from_saved
from keras_pod.experiments.tune import spaces

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


class SearchWatch(Follow):
    """Follows the folder of a search, whichever processes work in it.

    Args:
        folder: the search's.
        names: the hyperparameters that are searched.
        planned: the epochs of each trial.
        console: where to write.
        refresh: called with all records whenever a trial ended.
    """

    def __init__(
        self,
        folder: Path,
        names: Sequence[str],
        planned: list[int],
        console: Console,
        refresh: Callable[[list[Record]], Any],
    ) -> None:
        self.folder, self.names, self.planned = folder, names, planned
        self.trials = Trials(folder)
        told = f"{len(planned)} trials, {sum(planned)} epochs, over {', '.join(names)}"
        super().__init__(told, "trials", len(planned), console, refresh)

    def ended(self) -> list[Record]:
        return self.trials.read()

    def to_come(self, ended: list[Record]) -> int:
        return sum(self.planned[len(ended) :])

    def under_way(self, ended: list[Record]) -> Iterable[RunFolder]:
        done = {f"trial_{record['trial']}" for record in ended}
        folders = (self.folder / "trials").glob("trial_*")
        return [RunFolder(path) for path in folders if path.name not in done]

    def line(self, record: Record) -> str:
        settings = from_saved(record["settings"])
        values = ", ".join(f"{n} {shown(settings, n)}" for n in self.names)
        name = f"trial {int(record['trial'])}, {values}"
        if "failed" in record:
            told = f"{name}: failed, {record['failed']}"
        else:
            result = record["result"]
            accuracy, seconds = result["accuracy_last"], result["seconds"]
            told = f"{name}: {accuracy:.2%}, {seconds:.0f} s"
        records = self.trials.read()
        best = ranked(records[: records.index(record) + 1])[0]
        if "failed" in best:
            return told
        accuracy = best["result"]["accuracy_last"]
        return f"{told}; best {accuracy:.2%} (trial {int(best['trial'])})"


def shown(settings: Any, name: str) -> str:
    """The value of a hyperparameter in resolved settings, short, for people."""
    value = spaces.usual(settings, name)
    return f"{value:.4g}" if isinstance(value, float) else str(value)
