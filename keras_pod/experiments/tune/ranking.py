"""The outcome of a search: its order, table, picture, and the command for the best."""

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
from rich.console import Console

from keras_pod import methods
from keras_pod.core import markdown
from keras_pod.core.disk import write_csv, write_whole
from keras_pod.core.printable import counted
from keras_pod.experiments.compare.results import Record
from keras_pod.experiments.run.console import save_picture, show_files, show_table
from keras_pod.experiments.run.settings import Settings, flag, flags_of, from_saved
from keras_pod.experiments.tune import spaces

_NUMBERS = ("accuracy %", "best % (epoch)", "train %", "epochs", "seconds")
# How many trials are printed.
_MOST = 20


def ranked(records: list[Record]) -> list[Record]:
    """Best first, by the last epoch's accuracy, then by the last three epochs'.

    Trials that failed come last.
    """

    def key(record: Record) -> tuple[Any, ...]:
        if "result" not in record:
            return (1,)
        late = record["history"]["val_accuracy"][-3:]
        return 0, -record["result"]["accuracy_last"], -sum(late) / len(late)

    return sorted(records, key=key)


def shown(settings: Any, name: str) -> str:
    """The value of a hyperparameter in resolved settings, short, for people."""
    value = spaces.usual(settings, name)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


class Ranking:
    """The trials of a search over those names that ended, best first."""

    def __init__(
        self, records: list[Record], base: Settings, names: Sequence[str]
    ) -> None:
        self.order, self.base, self.names = ranked(records), base, names
        self.columns = ("rank", "trial", *names, *_NUMBERS)
        images = ""
        if base.limit is not None:
            images = f", {counted(base.limit, 'training image')}"
        self.title = (
            f"{base.loss} on {base.data}{images}: {counted(len(records), 'trial')} "
            f"over {', '.join(names)}; backbone {base.backbone}, "
            f"{counted(base.epochs, 'epoch')}"
        )
        usual = [r["trial"] for r in records if from_saved(r["settings"]) == base]
        self.note = (
            f"accuracy: after a trial's last epoch, on {base.validation_split:.0%} of "
            "the training images, held out; the test images were not used. best: of "
            "its best epoch. The best trial's accuracy was chosen to be high and "
            "flatters; --confirm and --retrain train it again."
            + (f" Trial {int(usual[0])} has the defaults." if usual else "")
        )

    def write(self, folder: Path) -> None:
        """Writes table.md and table.csv."""
        lines = [f"**{self.title}**", ""]
        lines += markdown.table(self.columns, self._cells(), left=0)
        lines += ["", self.note]
        best = self.order[0]
        if "result" in best:
            lines += ["", "The best trial's settings on all training images:", ""]
            lines += ["```", train_line(from_saved(best["settings"])), "```"]
        text = "\n".join(lines) + "\n"
        write_whole(folder / "table.md", lambda path: path.write_text(text))
        rows = [{"rank": i} | self._row(r) for i, r in enumerate(self.order, 1)]
        write_csv(folder / "table.csv", list(rows[0]), rows)

    def draw(self, folder: Path, console: Console) -> None:
        """Writes the picture, where matplotlib is installed."""
        good = [self._row(record) for record in self.order if "result" in record]

        def picture() -> Any:
            from keras_pod.experiments.plots.tuning import search_picture

            return search_picture(good, self.names, self.title)

        save_picture(folder / "search.png", picture, console)

    def show(self, folder: Path, console: Console) -> None:
        """Prints the best trials, what failed, and where things are."""
        cells, left_out = self._cells()[:_MOST], ("train %", "seconds")
        show_table(console, self.title, self.columns, cells, left_out=left_out)
        if more := len(self.order) - len(cells):
            console.print(f"{more} more in {folder / 'table.md'}", soft_wrap=True)
        for reason in sorted({r["failed"] for r in self.order if "failed" in r}):
            console.print(f"failed: {reason}")
        console.print(self.note)
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

    def _cells(self) -> list[list[str]]:
        cells = []
        for rank, record in enumerate(self.order, 1):
            row, settings = self._row(record), from_saved(record["settings"])
            numbers = ["failed", "", ""]
            if "failed" not in record:
                numbers = [
                    f"{100 * row['accuracy_last']:.2f}",
                    f"{100 * row['accuracy_best']:.2f} ({row['epoch_best']})",
                    f"{100 * row['train_accuracy_last']:.2f}",
                ]
            values = (shown(settings, name) for name in self.names)
            trial = (str(rank), str(int(record["trial"])))
            cost = (str(row["epochs"]), f"{row['seconds']:.0f}")
            cells.append([*trial, *values, *numbers, *cost])
        return cells


def train_line(settings: Settings, out: str | None = None) -> str:
    """The `keras-pod train` command with these settings, on all training images.

    >>> train_line(Settings(loss="pod", options={"lam": 3.2}, dim=64, epochs=10))
    'keras-pod train --loss pod:lam=3.2 --epochs 10 --dim 64'
    """
    whole = replace(settings, validation_split=0.0, limit=None, seed=0)
    own = methods.get(whole.loss).options()
    options = [
        f"{name}={value}" for name, value in whole.options.items() if own[name] != value
    ]
    words = ["keras-pod", "train"]
    for name in flags_of("train"):
        value = getattr(whole, name)
        if name == "loss":
            words += [flag(name), ":".join([value, *options])]
        elif value != getattr(Settings, name):
            words += [flag(name)] if value is True else [flag(name), str(value)]
    if keras.backend.backend() != "tensorflow":
        words += ["--backend", keras.backend.backend()]
    return shlex.join([*words, *(["--out", out] if out else [])])
