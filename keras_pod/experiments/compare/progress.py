"""Progress of many runs: a bar over all epochs, a line a run."""

import contextlib
import dataclasses
import math
import threading
from collections.abc import Callable, Iterable
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from keras_pod.experiments.compare.results import Record
from keras_pod.experiments.run.run_folder import RunFolder

Refresh = Callable[[list[Record]], Any]


@dataclasses.dataclass
class Watch:
    """A thread that follows what any processes train in a folder.

    Args:
        console: gets the bar and a line for each run that ends.
        title: the first line.
        count, epochs: how many runs there are, of so many epochs in all.
        ended: returns the runs that ended.
        under_way: from those to the folders of runs that may have begun.
        name: the name of a run for people.
        refresh: gets the runs that ended whenever another one did.
    """

    console: Console
    title: str
    count: int
    epochs: int
    ended: Callable[[], list[Record]]
    under_way: Callable[[list[Record]], Iterable[RunFolder]]
    name: Callable[[Record], str]
    refresh: Refresh | None = None

    def __post_init__(self) -> None:
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._follow, daemon=True)
        self.left = TimeRemainingColumn()
        self.bar = Progress(
            TextColumn(f"{{task.fields[ended]}}/{self.count}"),
            BarColumn(),
            self.left,
            TextColumn("left"),
            console=self.console,
            transient=True,
            # An epoch may take minutes, so all of them count.
            speed_estimate_period=math.inf,
        )
        self.task = self.bar.add_task("", total=self.epochs, ended=0)

    def __enter__(self) -> Self:
        self.shown = {_identity(record) for record in self.ended()}
        before = f"; {len(self.shown)} ended before" if self.shown else ""
        self._tell(self.title + before)
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
        done = sum(map(_epochs, records))
        for folder in self.under_way(records):
            # Another process may remove it at any moment.
            with contextlib.suppress(FileNotFoundError):
                done += len(folder.read_history())
        self.bar.update(self.task, completed=done, ended=len(records))
        fresh = [r for r in records if _identity(r) not in self.shown]
        for record in fresh:
            self.shown.add(_identity(record))
            left = str(self.left.render(self.bar.tasks[0]))
            told = f"{len(self.shown)}/{self.count}  {self._line(record)}"
            self._tell(told if "-" in left else f"{told}; {left} left")
        if fresh and self.refresh:
            self.refresh(records)

    def _line(self, record: Record) -> str:
        if "failed" in record:
            return f"{self.name(record)}: failed, {record['failed']}"
        accuracy, seconds = (record["result"][k] for k in ("accuracy_last", "seconds"))
        return f"{self.name(record)}: {accuracy:.2%}, {seconds:.0f} s"

    def _tell(self, text: str) -> None:
        self.console.print(text, soft_wrap=True)


def _identity(record: Record) -> tuple[str, str | None]:
    # Trials of a Hyperband may have the same settings.
    return record["key"], record.get("trial")


def _epochs(record: Record) -> int:
    """The epochs that a run trained, or would have trained had it not failed."""
    if "result" in record:
        return len(record["history"]["seconds"])
    return record.get("epochs", record["settings"]["epochs"])
