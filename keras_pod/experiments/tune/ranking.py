"""The outcome of a search: its order, table, picture, and the command for the best."""

import dataclasses
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
from rich.console import Console

from keras_pod.core.disk import write_csv
from keras_pod.core.printable import counted
from keras_pod.experiments.compare.comparison import ResultTable
from keras_pod.experiments.compare.results import Record
from keras_pod.experiments.run.console import save_picture, show_files
from keras_pod.experiments.run.options import written
from keras_pod.experiments.run.settings import (
    Settings,
    flags_of,
    from_saved,
    given_flags,
)
from keras_pod.experiments.tune import spaces

_NUMBERS = ("accuracy %", "best % (epoch)", "train %", "epochs", "seconds")
# How many trials are printed.
_MOST = 20


def ranked(records: list[Record]) -> list[Record]:
    """Best first, by the last epoch's accuracy; trials that failed come last."""

    def key(record: Record) -> float:
        return -record["result"]["accuracy_last"] if "result" in record else 1.0

    return sorted(records, key=key)


def shown(record: Record, name: str) -> str:
    """The value of a trial's hyperparameter, short, for people."""
    value = spaces.usual(from_saved(record["settings"]), name)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


class Ranking:
    """The trials of a search that ended, best first; it is over those names."""

    def __init__(
        self, records: list[Record], base: Settings, names: Sequence[str]
    ) -> None:
        self.order, self.names = ranked(records), names
        flags = " ".join(given_flags(base, ("backbone", "epochs", "limit")))
        title = (
            f"{base.loss} on {base.data}: {counted(len(records), 'trial')} over "
            f"{', '.join(names)}; {flags}"
        )
        usual = [r["trial"] for r in records if from_saved(r["settings"]) == base]
        note = (
            f"accuracy: after a trial's last epoch, on {base.validation_split:.0%} of "
            "the training images, held out; the test images were not used. best: of "
            "its best epoch. The best trial's accuracy was chosen to be high and "
            "flatters; --confirm and --retrain train it again."
            + (f" Trial {int(usual[0])} has the defaults." if usual else "")
        )
        failed = sorted({r["failed"] for r in records if "failed" in r})
        notes = [note, *(f"failed: {reason}" for reason in failed)]
        cells = [self._cells(place, r) for place, r in enumerate(self.order, 1)]
        columns = ("rank", "trial", *names, *_NUMBERS)
        self.table = ResultTable(title, columns, cells, notes, left=0)

    def write(self, folder: Path) -> None:
        """Write table.md and table.csv."""
        table, best = self.table, self.order[0]
        if "result" in best:
            line = train_line(from_saved(best["settings"]))
            told = "The best trial's settings on all training images:"
            notes = [*table.notes, told, f"```\n{line}\n```"]
            table = dataclasses.replace(table, notes=notes)
        table.write(folder / "table.md")
        rows = [{"rank": i} | self._row(r) for i, r in enumerate(self.order, 1)]
        write_csv(folder / "table.csv", list(rows[0]), rows)

    def show(self, folder: Path, console: Console) -> None:
        """Draw and print it, and say where things are."""
        good = [self._row(record) for record in self.order if "result" in record]

        def picture() -> Any:
            from keras_pod.experiments.plots.tuning import search_picture

            return search_picture(good, self.names, self.table.title)

        save_picture(folder / "search.png", picture, console)
        self.table.show(console, left_out=("train %", "seconds"), rows=_MOST)
        files = ("table.md", "table.csv", "search.png", "results.jsonl")
        show_files(console, *(folder / name for name in files))

    def _row(self, record: Record) -> dict[str, Any]:
        settings, result = from_saved(record["settings"]), record.get("result", {})
        numbers = ("accuracy_last", "accuracy_best", "epoch_best")
        history = record["history"]
        return {
            "trial": record["trial"],
            **{name: spaces.usual(settings, name) for name in self.names},
            **{name: result.get(name) for name in (*numbers, "train_accuracy_last")},
            "loss_last": next(iter(history["loss"][-1:]), None),
            "val_loss_last": next(iter(history["val_loss"][-1:]), None),
            "epochs": record["epochs"],
            "goes_on_from": record.get("goes_on_from"),
            "seconds": round(sum(history["seconds"]), 3),
            "failed": record.get("failed"),
        }

    def _cells(self, rank: int, record: Record) -> list[str]:
        numbers = ["failed", "", ""]
        if result := record.get("result"):
            numbers = [
                f"{100 * result['accuracy_last']:.2f}",
                f"{100 * result['accuracy_best']:.2f} ({result['epoch_best']})",
                f"{100 * result['train_accuracy_last']:.2f}",
            ]
        values = (shown(record, name) for name in self.names)
        seconds = sum(record["history"]["seconds"])
        trial, epochs = str(int(record["trial"])), str(record["epochs"])
        return [str(rank), trial, *values, *numbers, epochs, f"{seconds:.0f}"]


def train_line(settings: Settings, out: str | None = None) -> str:
    """The `keras-pod train` command with these settings, on all training images.

    >>> train_line(Settings(loss="pod", options={"lam": 3.2}, dim=64, epochs=10))
    'keras-pod train --loss pod:lam=3.2 --epochs 10 --dim 64'
    """
    whole = dataclasses.replace(settings, validation_split=0.0, limit=None, seed=0)
    names = [name for name in flags_of("train") if name != "loss"]
    words = ["--loss", written(settings.loss, settings.options)]
    words += given_flags(whole, names)
    if keras.backend.backend() != "tensorflow":
        words += ["--backend", keras.backend.backend()]
    return shlex.join(["keras-pod", "train", *words, *(["--out", out] if out else [])])
