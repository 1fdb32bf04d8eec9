"""What a search tells while it runs: a bar over all epochs, a line a trial."""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)

from keras_pod.experiments.results import Record
from keras_pod.experiments.run_folder import RunFolder
from keras_pod.experiments.settings import Settings
from keras_pod.experiments.watch import duration
from keras_pod.tuning import spaces
from keras_pod.tuning.records import Trials, ranked


class SearchWatch:
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
        self.folder, self.names, self.planned = folder, names, planned
        self.console, self.refresh, self.every = console, refresh, every
        self.trials = Trials(folder)
        self.shown = len(self.trials.read())
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._follow, daemon=True)
        self.bar = Progress(
            TextColumn("{task.fields[trials]} trials"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("epochs,"),
            TimeElapsedColumn(),
            TextColumn("gone, {task.fields[left]} left"),
            console=console,
            transient=True,
        )

    def __enter__(self) -> "SearchWatch":
        self.console.print(
            f"{len(self.planned)} trials, {sum(self.planned)} epochs, over "
            + ", ".join(self.names)
            + (f"; {self.shown} trials have ended before" if self.shown else ""),
            highlight=False,
            soft_wrap=True,
        )
        self.began = time.monotonic()
        done = self._epochs(self.trials.read())
        self.before = done
        self.task = self.bar.add_task(
            "", total=sum(self.planned), completed=done, trials="", left="?"
        )
        if self.console.is_terminal:
            self.bar.start()
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stopped.set()
        self.thread.join()
        try:
            self._look()
        finally:
            self.bar.stop()

    def _follow(self) -> None:
        while not self.stopped.wait(self.every):
            try:
                self._look()
            except Exception as error:
                # The search goes on; the last look, in `__exit__`, raises what stays.
                self.console.print(f"no progress: {error}", markup=False)

    def _look(self) -> None:
        records = self.trials.read()
        done = self._epochs(records)
        left, count = self._left(records, done), len(self.planned)
        self.bar.update(
            self.task,
            completed=done,
            trials=f"{len(records)}/{count}",
            left=left,
        )
        for i in range(self.shown, len(records)):
            text = f"{i + 1}/{count}  {self._line(records[i])}"
            best = ranked(records[: i + 1])[0]
            if "result" in best:
                accuracy = best["result"]["accuracy_last"]
                text += f"; best {accuracy:.2%} (trial {int(best['trial'])})"
            text += f"; {left} left" if i + 1 < count else ""
            self.console.print(text, highlight=False, markup=False, soft_wrap=True)
        if len(records) > self.shown:
            self.shown = len(records)
            self.refresh(records)

    def _left(self, records: list[Record], done: int) -> str:
        gone, trained = time.monotonic() - self.began, done - self.before
        if trained <= 0:
            return "?"
        rest = sum(self.planned[len(records) :]) - done + self._epochs(records, False)
        return duration(gone / trained * max(rest, 0))

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
    """What a trial tried, for people: "alpha 0.01, lam 3.2"."""
    settings = Settings(**record["settings"])
    return ", ".join(f"{n} {show(spaces.usual(settings, n))}" for n in names)


def show(value: Any) -> str:
    """A value, short.

    >>> show(0.010000000), show(128), show("cosine")
    ('0.01', '128', 'cosine')
    """
    return f"{value:.4g}" if isinstance(value, float) else str(value)
