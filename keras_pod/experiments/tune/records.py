"""The trials of a search that ended: their order, and the progress in them."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from keras_pod.experiments.compare.progress import Follow, Refresh
from keras_pod.experiments.compare.results import Record, Results
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.settings import from_saved
from keras_pod.experiments.tune import spaces


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
    """Follows the folder of a search over those names, of trials of those epochs."""

    def __init__(
        self,
        folder: Path,
        names: Sequence[str],
        planned: list[int],
        console: Console,
        refresh: Refresh,
    ) -> None:
        self.folder, self.names, self.planned = folder, names, planned
        self.results = Results(folder)
        about = f", over {', '.join(names)}"
        count, epochs = len(planned), sum(planned)
        super().__init__("trials", count, epochs, about, console, refresh)

    def ended(self) -> list[Record]:
        return self.results.read()

    def epochs_of(self, ended: list[Record]) -> int:
        return sum(self.planned[: len(ended)])

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
        records = self.ended()
        best = ranked(records[: records.index(record) + 1])[0]
        if "failed" in best:
            return told
        accuracy = best["result"]["accuracy_last"]
        return f"{told}; best {accuracy:.2%} (trial {int(best['trial'])})"


def shown(settings: Any, name: str) -> str:
    """The value of a hyperparameter in resolved settings, short, for people."""
    value = spaces.usual(settings, name)
    return f"{value:.4g}" if isinstance(value, float) else str(value)
