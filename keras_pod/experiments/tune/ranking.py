"""The outcome of a search: a ranked table, a picture, the command for the best."""

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
from keras_pod.experiments.compare.results import Record
from keras_pod.experiments.run.console import save_picture, show_files, show_table
from keras_pod.experiments.run.settings import Settings, flag, flags_of, from_saved
from keras_pod.experiments.tune import spaces
from keras_pod.experiments.tune.records import ranked, shown

_NUMBERS = ("accuracy %", "best % (epoch)", "train %", "epochs", "seconds")


def title(base: Settings, names: Sequence[str], count: int) -> str:
    """A line on the method, its data and the hyperparameters that were searched."""
    images = "" if base.limit is None else f", {base.limit} training images"
    return (
        f"{base.loss} on {base.data}{images}: {count} trials over {', '.join(names)}; "
        f"backbone {base.backbone}, {base.epochs} epochs"
    )


def note(records: list[Record], base: Settings) -> str:
    """A note on how to read the accuracies."""
    usual = [r["trial"] for r in records if from_saved(r["settings"]) == base]
    return (
        f"accuracy: after a trial's last epoch, on {base.validation_split:.0%} of the "
        "training images, held out; the test images were not used. best: of its best "
        "epoch. The best trial's accuracy was chosen to be high and flatters; "
        "--confirm and --retrain train it again."
        + (f" Trial {int(usual[0])} has the defaults." if usual else "")
    )


def write_tables(
    records: list[Record], base: Settings, names: Sequence[str], folder: Path
) -> None:
    """Writes table.md and table.csv."""
    order = ranked(records)
    lines = [f"**{title(base, names, len(records))}**", ""]
    columns = ("rank", "trial", *names, *_NUMBERS)
    lines += markdown.table(columns, _cells(order, names), left=0)
    lines += ["", note(records, base)]
    if "result" in order[0]:
        line = train_line(from_saved(order[0]["settings"]))
        lines += ["", "The best trial's settings on all training images:", ""]
        lines += ["```", line, "```"]
    text = "\n".join(lines) + "\n"
    write_whole(folder / "table.md", lambda path: path.write_text(text))
    rows = [{"rank": i} | _row(r, names) for i, r in enumerate(order, 1)]
    write_csv(folder / "table.csv", list(rows[0]), rows)


def _row(record: Record, names: Sequence[str]) -> dict[str, Any]:
    settings, result = from_saved(record["settings"]), record.get("result", {})
    row = {"trial": record["trial"]}
    row |= {name: spaces.usual(settings, name) for name in names}
    for name in ("accuracy_last", "accuracy_best", "epoch_best", "train_accuracy_last"):
        row[name] = result.get(name)
    for name in ("loss", "val_loss"):
        row[f"{name}_last"] = next(iter(record["history"][name][-1:]), None)
    row["epochs"] = record["epochs"]
    row["goes_on_from"] = record.get("goes_on_from")
    row["seconds"] = round(sum(record["history"]["seconds"]), 3)
    row["failed"] = record.get("failed")
    return row


def _cells(order: list[Record], names: Sequence[str]) -> list[list[str]]:
    cells = []
    for rank, record in enumerate(order, 1):
        row, settings = _row(record, names), from_saved(record["settings"])
        numbers = ["failed", "", ""]
        if "failed" not in record:
            numbers = [
                f"{100 * row['accuracy_last']:.2f}",
                f"{100 * row['accuracy_best']:.2f} ({row['epoch_best']})",
                f"{100 * row['train_accuracy_last']:.2f}",
            ]
        values = (shown(settings, name) for name in names)
        trial = (str(rank), str(int(record["trial"])))
        cost = (str(row["epochs"]), f"{row['seconds']:.0f}")
        cells.append([*trial, *values, *numbers, *cost])
    return cells


def show(
    records: list[Record],
    base: Settings,
    names: Sequence[str],
    folder: Path,
    console: Console,
    most: int = 20,
) -> None:
    """Prints the best trials, what failed, and where things are."""
    order = ranked(records)
    columns = ("rank", "trial", *names, *_NUMBERS)
    cells, left_out = _cells(order[:most], names), ("train %", "seconds")
    about = title(base, names, len(records))
    show_table(console, about, columns, cells, left_out=left_out)
    if len(order) > most:
        console.print(f"{len(order) - most} more in {folder / 'table.md'}", soft_wrap=1)
    for reason in sorted({r["failed"] for r in order if "failed" in r}):
        console.print(f"failed: {reason}")
    console.print(note(records, base))
    files = ("table.md", "table.csv", "search.png", "results.jsonl")
    show_files(console, *(folder / name for name in files))


def draw(
    records: list[Record],
    base: Settings,
    names: Sequence[str],
    folder: Path,
    console: Console,
) -> None:
    """Writes the picture, where matplotlib is installed."""
    good = [_row(record, names) for record in records if "result" in record]

    def picture() -> Any:
        from keras_pod.experiments.plots.tuning import search_picture

        return search_picture(good, names, title(base, names, len(records)))

    save_picture(folder / "search.png", picture, console)


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
