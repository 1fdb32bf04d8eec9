"""Progress of a search: a bar over all epochs, a line a trial."""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from keras_pod.experiments.compare.progress_bar import Follow
from keras_pod.experiments.compare.results import Record
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.settings import from_saved
from keras_pod.experiments.tune import spaces
from keras_pod.experiments.tune.records import Trials, ranked


class SearchWatch(Follow):
    """Follows the folder of a search, whichever processes work in it.

    Args:
        folder: the search's.
        names: what is searched.
        planned: the epochs of each trial.
        console: where to write.
        refresh: called with all records whenever a trial ended.
        every: seconds between two looks.
    """

    def __init__(
        self,
        folder: Path,
        names: Sequence[str],
        planned: list[int],
        console: Console,
        refresh: Callable[[list[Record]], Any],
        every: float = 1.0,
    ) -> None:
        super().__init__("trials", sum(planned), console, every)
        self.folder, self.names, self.planned = folder, names, planned
        self.refresh = refresh
        self.trials = Trials(folder)
        self.shown = len(self.trials.read())

    def _begin(self) -> int:
        self.console.print(
            f"{len(self.planned)} trials, {self.epochs} epochs, over "
            + ", ".join(self.names)
            + (f"; {self.shown} trials have ended before" if self.shown else ""),
            soft_wrap=True,
        )
        self.before = self._epochs(self.trials.read())
        return self.before

    def _look(self) -> None:
        records = self.trials.read()
        done = self._epochs(records)
        count = len(self.planned)
        rest = sum(self.planned[len(records) :]) - done + self._epochs(records, False)
        left = self._left(rest, done - self.before)
        self._show(done, f"{len(records)}/{count}", left)
        for i in range(self.shown, len(records)):
            self._tell_centroids(records[i])
            text = f"{i + 1}/{count}  {self._line(records[i])}"
            best = ranked(records[: i + 1])[0]
            if "result" in best:
                accuracy = best["result"]["accuracy_last"]
                text += f"; best {accuracy:.2%} (trial {int(best['trial'])})"
            self._tell(text + (f"; {left} left" if i + 1 < count else ""))
        if len(records) > self.shown:
            self.shown = len(records)
            self.refresh(records)

    def _epochs(self, records: list[Record], under_way: bool = True) -> int:
        """Epochs trained, in trials that ended and (if wanted) in those under way."""
        done = sum(len(r["history"]["seconds"]) for r in records)
        if not under_way:
            return done
        ended = {f"trial_{r['trial']}" for r in records}
        for folder in (self.folder / "trials").glob("trial_*"):
            # It may be removed at any moment.
            with contextlib.suppress(FileNotFoundError):
                if folder.name not in ended:
                    done += len(RunFolder(folder).read_history())
        return done

    def _line(self, record: Record) -> str:
        name = f"trial {int(record['trial'])}, {values(record, self.names)}"
        if "failed" in record:
            return f"{name}: failed, {record['failed']}"
        result = record["result"]
        return f"{name}: {result['accuracy_last']:.2%}, {result['seconds']:.0f} s"


def values(record: Record, names: Sequence[str]) -> str:
    """The values of a trial, for people: "alpha 0.01, lam 3.2"."""
    settings = from_saved(record["settings"])
    return ", ".join(f"{n} {show(spaces.usual(settings, n))}" for n in names)


def show(value: Any) -> str:
    """A value, short.

    >>> show(0.010000000), show(128), show("cosine")
    ('0.01', '128', 'cosine')
    """
    return f"{value:.4g}" if isinstance(value, float) else str(value)
