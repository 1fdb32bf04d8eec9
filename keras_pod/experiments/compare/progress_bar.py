"""Follow: a bar over all epochs of what other processes do, read off their files."""

import threading
import time
from typing import Any, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)

from keras_pod.experiments.compare.results import Record


class Follow:
    """Looks at a folder from a thread of its own; a subclass says what it sees.

    Args:
        unit: what is counted, in the plural.
        epochs: of all of it together.
        console: where to write.
        every: seconds between two looks.
    """

    def __init__(self, unit: str, epochs: int, console: Console, every: float) -> None:
        self.epochs, self.console, self.every = epochs, console, every
        self.layouts: set[str] = set()
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._follow, daemon=True)
        self.bar = Progress(
            TextColumn("{task.fields[count]} " + unit),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("epochs,"),
            TimeElapsedColumn(),
            TextColumn("gone, {task.fields[left]} left"),
            console=console,
            transient=True,
        )

    def _begin(self) -> int:
        """Says what is ahead; returns the epochs that need no more waiting for."""
        raise NotImplementedError

    def _look(self) -> None:
        """Says what ended since the last look."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.began = time.monotonic()
        done = self._begin()
        self.task = self.bar.add_task(
            "", total=self.epochs, completed=done, count="", left="?"
        )
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
                self.console.print(f"no progress: {error}")

    def _left(self, rest: int, trained: int) -> str:
        """The time for `rest` epochs, from what `trained` ones took since the start."""
        if trained <= 0:
            return "?"
        gone = time.monotonic() - self.began
        return duration(gone / trained * max(rest, 0))

    def _show(self, done: int, count: str, left: str) -> None:
        self.bar.update(self.task, completed=done, count=count, left=left)

    def _tell_centroids(self, record: Record) -> None:
        """Print how even a run's centroids are, once for each layout."""
        line = record.get("centroids")
        if line and line not in self.layouts:
            self.layouts.add(line)
            self._tell(line)

    def _tell(self, text: str) -> None:
        self.console.print(text, soft_wrap=True)


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
