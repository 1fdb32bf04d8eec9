"""Progress of many runs: a bar over all epochs, a line a run."""

import contextlib
import math
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from keras_pod.core.printable import counted
from keras_pod.experiments.compare.results import Record, Results, folder_of
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.settings import from_saved

Refresh = Callable[[list[Record]], Any]


class Follow:
    """Looks from a thread of its own at what any processes train in a folder.

    There are so many runs, each called a `unit`, of so many epochs in all. Whenever one
    ended, `refresh` gets all that did, to write tables.
    """

    def __init__(
        self,
        unit: str,
        count: int,
        epochs: int,
        about: str,
        console: Console,
        refresh: Refresh | None = None,
    ) -> None:
        self.unit, self.count, self.epochs, self.about = unit, count, epochs, about
        self.console, self.refresh = console, refresh
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._follow, daemon=True)
        self.left = TimeRemainingColumn()
        self.bar = Progress(
            TextColumn(f"{{task.fields[ended]}}/{counted(count, unit)}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("epochs,"),
            TimeElapsedColumn(),
            TextColumn("gone,"),
            self.left,
            TextColumn("left"),
            console=console,
            transient=True,
            # An epoch may take minutes, so all of them count.
            speed_estimate_period=math.inf,
        )

    def ended(self) -> list[Record]:
        """The runs that ended."""
        raise NotImplementedError

    def epochs_of(self, ended: list[Record]) -> int:
        """The epochs that were planned for the runs that ended."""
        raise NotImplementedError

    def under_way(self, ended: list[Record]) -> Iterable[RunFolder]:
        """The folders of runs that may have begun and have not ended."""
        raise NotImplementedError

    def line(self, record: Record) -> str:
        """A run that ended, for people."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        ended = self.ended()
        self.shown = {_identity(record) for record in ended}
        planned = f"{counted(self.count, self.unit)}, {counted(self.epochs, 'epoch')}"
        before = f"; {len(ended)} ended before" if ended else ""
        self._tell(f"{planned}{self.about}{before}")
        self.task = self.bar.add_task("", total=self.epochs, ended=len(ended))
        self._look()
        if self.console.is_terminal:
            self.bar.start()
        self.thread.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.stopped.set()
        self.thread.join()
        try:
            self._look()
        finally:
            self.bar.stop()

    def _follow(self) -> None:
        while not self.stopped.wait(1.0):
            try:
                self._look()
            except Exception as error:
                # The work goes on; the last look, in `__exit__`, raises what stays.
                self._tell(f"no progress: {error}")

    def _look(self) -> None:
        """Move the bar, and tell what ended since the last look."""
        records = self.ended()
        done = self.epochs_of(records)
        for folder in self.under_way(records):
            # Another process may remove it at any moment.
            with contextlib.suppress(FileNotFoundError):
                done += len(folder.read_history())
        self.bar.update(self.task, completed=done, ended=len(records))
        fresh = [r for r in records if _identity(r) not in self.shown]
        for place, record in enumerate(fresh, len(self.shown) + 1):
            left = str(self.left.render(self.bar.tasks[0]))
            left = "" if "-" in left else f"; {left} left"
            text = f"{place}/{self.count}  {self.line(record)}"
            self._tell(text + (left if place < self.count else ""))
        self.shown |= {_identity(record) for record in fresh}
        if fresh and self.refresh:
            self.refresh(records)

    def _tell(self, text: str) -> None:
        self.console.print(text, soft_wrap=True)


def _identity(record: Record) -> tuple[str, str | None]:
    # Trials of a Hyperband may have the same settings.
    return record["key"], record.get("trial")


class Watch(Follow):
    """Follows the folder of a comparison or table."""

    def __init__(
        self,
        plan: Any,
        folder: Path,
        console: Console,
        jobs: int,
        refresh: Refresh | None = None,
    ) -> None:
        self.plan, self.folder, self.results = plan, folder, Results(folder)
        about = f"; {jobs} at a time" if jobs > 1 else ""
        super().__init__("run", plan.runs, plan.epochs, about, console, refresh)

    def ended(self) -> list[Record]:
        return self.plan.ended(self.results.read())

    def epochs_of(self, ended: list[Record]) -> int:
        return sum(record["settings"]["epochs"] for record in ended)

    def under_way(self, ended: list[Record]) -> Iterable[RunFolder]:
        backend = self.results.backend
        return [folder_of(self.folder, s, backend) for s in self.plan.todo(ended)]

    def line(self, record: Record) -> str:
        settings = from_saved(record["settings"])
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
