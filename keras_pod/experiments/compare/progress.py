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

from keras_pod.experiments.compare.results import Record, Results, folder_of
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.settings import from_saved


class Follow:
    """Looks from a thread of its own at what other processes train.

    A subclass says what is there, by `ended`, `to_come`, `under_way` and `line`.

    Args:
        told: what there is to do, for people.
        unit: the name of a run, in the plural.
        count: how many there are.
        console: where to write.
        refresh: called with all records whenever a run ended, to redraw tables.
        every: seconds between two looks.
    """

    def __init__(
        self,
        told: str,
        unit: str,
        count: int,
        console: Console,
        refresh: Callable[[list[Record]], Any] | None = None,
        every: float = 1.0,
    ) -> None:
        self.told, self.unit, self.count = told, unit, count
        self.console, self.refresh, self.every = console, refresh, every
        self.layouts: set[str] = set()
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._follow, daemon=True)
        self.left = TimeRemainingColumn()
        self.bar = Progress(
            TextColumn(f"{{task.fields[ended]}}/{count} {unit}"),
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

    def to_come(self, ended: list[Record]) -> int:
        """The epochs of the runs that have not ended."""
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
        before = f"; {len(ended)} {self.unit} have ended before" if ended else ""
        self._tell(self.told + before)
        self.task = self.bar.add_task("", ended=len(ended))
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
        while not self.stopped.wait(self.every):
            try:
                self._look()
            except Exception as error:
                # The work goes on; the last look, in `__exit__`, raises what stays.
                self._tell(f"no progress: {error}")

    def _look(self) -> None:
        """Move the bar, and tell what ended since the last look."""
        records = self.ended()
        # The same at every look: rich forgets its speed when the total changes.
        total = self.to_come([])
        done = total - self.to_come(records) + self._epochs_under_way(records)
        self.bar.update(self.task, total=total, completed=done, ended=len(records))
        fresh = [r for r in records if _identity(r) not in self.shown]
        for place, record in enumerate(fresh, len(self.shown) + 1):
            layout = record.get("centroids")
            if layout and layout not in self.layouts:
                self.layouts.add(layout)
                self._tell(layout)
            left = str(self.left.render(self.bar.tasks[0]))
            left = "" if "-" in left else f"; {left} left"
            text = f"{place}/{self.count}  {self.line(record)}"
            self._tell(text + (left if place < self.count else ""))
        self.shown |= {_identity(record) for record in fresh}
        if fresh and self.refresh:
            self.refresh(records)

    def _epochs_under_way(self, ended: list[Record]) -> int:
        epochs = 0
        for folder in self.under_way(ended):
            # Another process may remove it at any moment.
            with contextlib.suppress(FileNotFoundError):
                epochs += len(folder.read_history())
        return epochs

    def _tell(self, text: str) -> None:
        self.console.print(text, soft_wrap=True)


def _identity(record: Record) -> tuple[str, str | None]:
    # Trials of a Hyperband may have the same settings.
    return record["key"], record.get("trial")


class Watch(Follow):
    """Follows the folder of a comparison or table, whichever processes work in it."""

    def __init__(
        self,
        plan: Any,
        results: Results,
        folder: Path,
        console: Console,
        jobs: int,
        refresh: Callable[[list[Record]], Any] | None = None,
    ) -> None:
        self.plan, self.results, self.folder = plan, results, folder
        told = f"{plan.runs} runs, {plan.epochs} epochs"
        told += f"; {jobs} at a time" if jobs > 1 else ""
        super().__init__(told, "runs", plan.runs, console, refresh)

    def ended(self) -> list[Record]:
        return self.plan.ended(self.results.read())

    def to_come(self, ended: list[Record]) -> int:
        return self.plan.epochs - sum(r["settings"]["epochs"] for r in ended)

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
