"""What many runs tell while they train: a bar over all epochs, a line a run."""

import threading
import time
from collections.abc import Callable
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

from keras_pod.experiments.results import Record, Results
from keras_pod.experiments.run_folder import RunFolder
from keras_pod.experiments.settings import Settings


class Watch:
    """Follows the folder of many runs, whichever processes work in it.

    Args:
        plan: what is run.
        results: the runs that ended.
        folder: where they are run.
        console: where to write.
        jobs: how many processes train.
        refresh: called with all records whenever a run ended, to redraw tables.
        every: seconds between two looks.
    """

    def __init__(
        self,
        plan: Any,
        results: Results,
        folder: Path,
        console: Console,
        jobs: int,
        refresh: Callable[[list[Record]], Any] | None = None,
        every: float = 1.0,
    ) -> None:
        self.plan, self.results, self.folder = plan, results, folder
        self.console, self.jobs, self.every = console, jobs, every
        self.refresh = refresh
        self.shown = plan.ended(results.read())
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._follow, daemon=True)
        self.bar = Progress(
            TextColumn("{task.fields[runs]} runs"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("epochs,"),
            TimeElapsedColumn(),
            TextColumn("gone, {task.fields[left]} left"),
            console=console,
            transient=True,
        )

    def __enter__(self) -> "Watch":
        plan, ended = self.plan, len(self.shown)
        self.console.print(
            f"{plan.runs} runs, {plan.epochs} epochs"
            + (f"; {ended} runs have ended before" if ended else "")
            + (f"; {self.jobs} at a time" if self.jobs > 1 else ""),
            highlight=False,
        )
        self.began = time.monotonic()
        self.done_before = self._epochs_done(self.shown)
        self.task = self.bar.add_task(
            "", total=plan.epochs, completed=self.done_before, runs="", left="?"
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
            self._look()

    def _look(self) -> None:
        records = self.results.read()
        ended = self.plan.ended(records)
        fresh = [r for r in ended if r not in self.shown]
        self.shown = ended
        done = self._epochs_done(ended)
        left = self._time_left(done)
        self.bar.update(
            self.task,
            completed=done,
            runs=f"{len(ended)}/{self.plan.runs}",
            left=left,
        )
        for i, record in enumerate(fresh, len(ended) - len(fresh) + 1):
            text = f"{i}/{self.plan.runs}  {self._line(record)}"
            text += f"; {left} left" if i < self.plan.runs else ""
            self.console.print(text, highlight=False, markup=False, soft_wrap=True)
        if fresh and self.refresh:
            self.refresh(records)

    def _epochs_done(self, ended: list[Record]) -> int:
        """Of runs that ended, whether or not they failed, and of those under way."""
        done = sum(r["settings"]["epochs"] for r in ended)
        for path in self.folder.glob("runs/*/history.csv"):
            # Another process may remove it at any moment.
            try:
                done += len(RunFolder(path.parent).read_history())
            except FileNotFoundError:
                continue
        return min(done, self.plan.epochs)

    def _time_left(self, done: int) -> str:
        gone = time.monotonic() - self.began
        epochs = done - self.done_before
        if epochs < 1:
            return "?"
        return duration(gone / epochs * (self.plan.epochs - done))

    def _line(self, record: Record) -> str:
        settings = Settings(**record["settings"])
        name = self.plan.label(settings)
        if settings.validation_split:
            name += f" trial, lr {settings.lr:.3g}, l2 {settings.l2:.3g}"
        else:
            name += f" seed {settings.seed}"
        if "failed" in record:
            return f"{name}: failed, {record['failed']}"
        result = record["result"]
        return (
            f"{name}: {result['accuracy_last']:.2%} (best {result['accuracy_best']:.2%}"
            f", epoch {result['epoch_best']}), {result['seconds']:.0f} s"
        )


def duration(seconds: float) -> str:
    """A time that people can grasp.

    >>> [duration(s) for s in (42, 200, 5000)]
    ['42 s', '3 min', '1 h 23 min']
    """
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{seconds:.0f} s"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
