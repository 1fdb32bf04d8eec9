"""Progress of many runs: a bar over all epochs, a line a run."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from keras_pod.experiments.compare.progress_bar import Follow
from keras_pod.experiments.compare.results import Record, Results, folder_of
from keras_pod.experiments.run.settings import from_saved


class Watch(Follow):
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
        super().__init__("runs", plan.epochs, console, every)
        self.plan, self.results, self.folder = plan, results, folder
        self.jobs, self.refresh = jobs, refresh
        self.shown = plan.ended(results.read())

    def _begin(self) -> int:
        plan, ended = self.plan, len(self.shown)
        self.console.print(
            f"{plan.runs} runs, {plan.epochs} epochs"
            + (f"; {ended} runs have ended before" if ended else "")
            + (f"; {self.jobs} at a time" if self.jobs > 1 else ""),
        )
        under_way = self._under_way(self.results.read())
        self.trained_before = _trained(self.shown) + under_way
        return _planned(self.shown) + under_way

    def _look(self) -> None:
        records = self.results.read()
        ended = self.plan.ended(records)
        shown = {record["key"] for record in self.shown}
        fresh = [r for r in ended if r["key"] not in shown]
        self.shown = ended
        done, under_way = _planned(ended), self._under_way(records)
        trained = _trained(ended) + under_way - self.trained_before
        done += under_way
        left = self._left(self.plan.epochs - done, trained)
        self._show(done, f"{len(ended)}/{self.plan.runs}", left)
        for i, record in enumerate(fresh, len(ended) - len(fresh) + 1):
            self._tell_centroids(record)
            text = f"{i}/{self.plan.runs}  {self._line(record)}"
            self._tell(text + (f"; {left} left" if i < self.plan.runs else ""))
        if fresh and self.refresh:
            self.refresh(records)

    def _under_way(self, records: list[Record]) -> int:
        """Epochs of runs that have begun and not ended."""
        done = 0
        for settings in self.plan.todo(records):
            run = folder_of(self.folder, settings, self.results.backend)
            # Another process may remove it at any moment.
            with contextlib.suppress(FileNotFoundError):
                done += len(run.read_history())
        return done

    def _line(self, record: Record) -> str:
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


def _planned(ended: list[Record]) -> int:
    """Epochs that need no more waiting for, whether or not their run failed."""
    return sum(record["settings"]["epochs"] for record in ended)


def _trained(ended: list[Record]) -> int:
    """Epochs that have been trained; a run that failed early took little time."""
    return sum(len(record["history"]["seconds"]) for record in ended)
