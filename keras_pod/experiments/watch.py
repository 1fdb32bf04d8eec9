"""What many runs tell while they train: a bar over all epochs, a line a run."""

import contextlib
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

from keras_pod.experiments.results import Record, Results, run_name
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
        under_way = self._under_way(self.results.read())
        self.trained_before = _trained(self.shown) + under_way
        done = _planned(self.shown) + under_way
        self.task = self.bar.add_task(
            "", total=plan.epochs, completed=done, runs="", left="?"
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
                # The runs go on; the last look, in `__exit__`, raises what stays.
                self.console.print(f"no progress: {error}", markup=False)

    def _look(self) -> None:
        records = self.results.read()
        ended = self.plan.ended(records)
        shown = {record["key"] for record in self.shown}
        fresh = [r for r in ended if r["key"] not in shown]
        self.shown = ended
        planned, under_way = _planned(ended), self._under_way(records)
        gone = time.monotonic() - self.began
        trained = _trained(ended) + under_way - self.trained_before
        left = "?"
        if trained > 0:
            rest = self.plan.epochs - planned - under_way
            left = duration(gone / trained * max(rest, 0))
        self.bar.update(
            self.task,
            completed=planned + under_way,
            runs=f"{len(ended)}/{self.plan.runs}",
            left=left,
        )
        for i, record in enumerate(fresh, len(ended) - len(fresh) + 1):
            text = f"{i}/{self.plan.runs}  {self._line(record)}"
            text += f"; {left} left" if i < self.plan.runs else ""
            self.console.print(text, highlight=False, markup=False, soft_wrap=True)
        if fresh and self.refresh:
            self.refresh(records)

    def _under_way(self, records: list[Record]) -> int:
        """Epochs of runs that have begun and not ended."""
        done = 0
        for settings in self.plan.todo(records):
            name = run_name(settings, self.results.backend)
            # Another process may remove it at any moment.
            with contextlib.suppress(FileNotFoundError):
                folder = RunFolder(self.folder / "runs" / name)
                done += len(folder.read_history())
        return done

    def _line(self, record: Record) -> str:
        settings = Settings(**record["settings"])
        name = self.plan.label(settings)
        if settings.validation_split and getattr(self.plan, "sweep", None):
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


def _planned(ended: list[Record]) -> int:
    """Epochs that need no more waiting for, whether or not their run failed."""
    return sum(record["settings"]["epochs"] for record in ended)


def _trained(ended: list[Record]) -> int:
    """Epochs that have been trained; a run that failed early took little time."""
    return sum(len(record["history"]["seconds"]) for record in ended)


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
