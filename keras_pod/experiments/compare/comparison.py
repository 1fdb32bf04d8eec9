"""The table of a comparison: the numbers of each method's runs, beside softmax."""

import dataclasses
import math
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from scipy.stats import ttest_1samp

from keras_pod.core import markdown
from keras_pod.core.disk import write_csv, write_whole
from keras_pod.core.printable import counted
from keras_pod.experiments.compare.plan import Plan
from keras_pod.experiments.compare.results import Record, found_of
from keras_pod.experiments.run.console import save_picture, show_files, show_table
from keras_pod.experiments.run.settings import PER_RUN, given_flags

_COLUMNS = (
    "method, lr, L2, last %, best % (epoch), difference, p, to 90 %, train %, time, "
    "seeds"
).split(", ")
# Results where classes were left out, and their columns, which come last.
_UNSEEN = {"unseen_recall_1": "unseen R@1 %", "unseen_map": "unseen mAP %"}


@dataclasses.dataclass(frozen=True)
class Row:
    """A method's final runs: means over `seeds` that succeeded, shares not percent.

    Attributes:
        lr, l2: base learning rate and decay; None before the `trials` that choose them.
        last, last_sd: the last epoch's accuracy and its standard deviation.
        difference, difference_se: the last accuracy minus the first method's, over the
            seeds that both have, and its standard error.
        difference_p: two-sided p value of the paired t-test that it is 0.
        best, best_epoch: the best accuracy and its epoch.
        epochs_to_90: epochs to 90 % of the run's last accuracy.
        train: training accuracy of the last epoch.
        unseen_recall_1, unseen_map: Recall@1 and mAP among classes that were not
            trained on, each with its standard deviation; None without such classes.
        relative_seconds: seconds per epoch, as a multiple of the first method's.
        failed, curves: why runs failed, and the others' accuracy after every epoch.
    """

    method: str
    lr: float | None
    l2: float | None
    trials: int
    seeds: int
    last: float | None
    last_sd: float | None
    difference: float | None
    difference_se: float | None
    difference_p: float | None
    best: float | None
    best_epoch: float | None
    epochs_to_90: float | None
    train: float | None
    unseen_recall_1: float | None
    unseen_recall_1_sd: float | None
    unseen_map: float | None
    unseen_map_sd: float | None
    relative_seconds: float | None
    failed: tuple[str, ...]
    curves: tuple[tuple[float, ...], ...] = dataclasses.field(repr=False)


def rows(plan: Plan, records: list[Record]) -> list[Row]:
    """The table's rows, best mean first; methods without a result come last.

    Differences and times are against softmax, or the first method if that is not
    among them.
    """
    made = [_row(plan, label, records) for label in plan.methods]
    return sorted(made, key=lambda row: 1 if row.last is None else -row.last)


def baseline(plan: Plan) -> str:
    """The method that the others are compared with."""
    return "softmax" if "softmax" in plan.methods else next(iter(plan.methods))


def _row(plan: Plan, label: str, records: list[Record]) -> Row:
    finals = plan.finals(label, records)
    ended = found_of(records, finals)
    good = [r for r in ended if "result" in r]
    others = found_of(records, plan.finals(baseline(plan), records))
    others = [r for r in others if "result" in r]
    last, other = _last_by_seed(good), _last_by_seed(others)
    # The same seed is the same data order and the same initial weights: paired.
    differences = [last[seed] - other[seed] for seed in last if seed in other]
    if label == baseline(plan):
        differences = []
    spread = _sd(differences)
    curves = tuple(tuple(r["history"]["val_accuracy"]) for r in good)
    seconds, unit = _seconds(good), _seconds(others)

    def mean(name: str) -> float | None:
        return _mean(record["result"][name] for record in good)

    unseen: dict[str, float | None] = {}
    for name in _UNSEEN:
        values = [r["result"][name] for r in good if name in r["result"]]
        unseen |= {name: _mean(values), f"{name}_sd": _sd(values)}
    return Row(
        method=label,
        lr=finals[0].lr if finals else None,
        l2=finals[0].l2 if finals else None,
        trials=len(plan.trials(label, records)),
        seeds=len(good),
        last=_mean(last.values()),
        last_sd=_sd([*last.values()]),
        difference=_mean(differences),
        difference_se=spread and spread / math.sqrt(len(differences)),
        # Equal differences have no spread to judge them by.
        difference_p=float(ttest_1samp(differences, 0.0).pvalue) if spread else None,
        best=mean("accuracy_best"),
        best_epoch=mean("epoch_best"),
        epochs_to_90=_mean(_epochs_to(0.9, curve) for curve in curves),
        train=mean("train_accuracy_last"),
        **unseen,
        relative_seconds=seconds / unit if seconds and unit else None,
        failed=tuple(
            f"seed {r['settings']['seed']}: {r['failed']}"
            for r in ended
            if r not in good
        ),
        curves=curves,
    )


def _last_by_seed(records: list[Record]) -> dict[int, float]:
    return {r["settings"]["seed"]: r["result"]["accuracy_last"] for r in records}


def _mean(values: Iterable[float]) -> float | None:
    values = list(values)
    return statistics.mean(values) if values else None


def _sd(values: Sequence[float]) -> float | None:
    return statistics.stdev(values) if len(values) > 1 else None


def _seconds(records: list[Record]) -> float | None:
    """Median seconds of an epoch, without the first, which compiles."""
    found = []
    for record in records:
        seconds = record["history"]["seconds"]
        found += seconds[1:] or seconds
    return statistics.median(found) if found else None


def _epochs_to(share: float, curve: Sequence[float]) -> int:
    """The first epoch, from 1, with that share of the last accuracy."""
    return next(i for i, a in enumerate(curve, 1) if a >= share * curve[-1])


@dataclasses.dataclass(frozen=True)
class ResultTable:
    """A table as text; its first `left` columns are words, the others numbers."""

    title: str
    columns: Sequence[str]
    cells: list[list[str]]
    notes: list[str]
    left: int = 1

    def write(self, path: Path) -> str:
        """Write it as Markdown, and return that."""
        table = markdown.table(self.columns, self.cells, self.left)
        parts = [f"**{self.title}**", "\n".join(table), *self.notes]
        text = "\n\n".join(parts) + "\n"
        write_whole(path, lambda beside: beside.write_text(text))
        return text

    def show(
        self, console: Console, left_out: Sequence[str] = (), rows: int | None = None
    ) -> None:
        """Print it without the columns that are `left_out`; at most so many rows."""
        cells = self.cells[:rows]
        show_table(
            console, self.title, self.columns, cells, self.left, left_out=left_out
        )
        for note in self.notes:
            console.print(note)


def write_tables(rows: list[Row], plan: Plan, folder: Path) -> None:
    """Write table.md and table.csv."""
    result_table(rows, plan).write(folder / "table.md")
    names = [f.name for f in dataclasses.fields(Row) if f.name != "curves"]
    if not plan.base.unseen_classes:
        names = [name for name in names if not name.startswith("unseen")]
    values = [
        {name: getattr(row, name) for name in names} | {"failed": "; ".join(row.failed)}
        for row in rows
    ]
    write_csv(folder / "table.csv", names, values)


def show(rows: list[Row], plan: Plan, folder: Path, console: Console) -> None:
    """Print the table and its notes, draw it, and say where things are."""

    def picture() -> Any:
        from keras_pod.experiments.plots.comparison import comparison_curves

        return comparison_curves(rows, title(plan))

    if any(row.curves for row in rows):
        save_picture(folder / "curves.png", picture, console)
    left_out: tuple[str, ...] = ("L2", "to 90 %", "train %", "time", "unseen mAP %")
    if plan.base.unseen_classes:
        left_out += ("best % (epoch)",)
    result_table(rows, plan).show(console, left_out)
    names = ("table.md", "table.csv", "curves.png", "results.jsonl")
    show_files(console, *(folder / name for name in names))


def result_table(rows: list[Row], plan: Plan) -> ResultTable:
    """The table as text."""
    columns, cells = _COLUMNS, [_cells(row, baseline(plan)) for row in rows]
    if plan.base.unseen_classes:
        columns = [*columns, *_UNSEEN.values()]
        for row, own in zip(rows, cells, strict=True):
            own.append(_percent(row.unseen_recall_1, row.unseen_recall_1_sd))
            own.append(_percent(row.unseen_map, row.unseen_map_sd))
    return ResultTable(title(plan), columns, cells, _notes(rows, plan))


def title(plan: Plan) -> str:
    """The data, and as flags the unusual settings that all methods share."""
    names = [name for name in vars(plan.base) if name not in ("data", *PER_RUN)]
    for settings in plan.methods.values():
        names = [n for n in names if getattr(settings, n) == getattr(plan.base, n)]
    return f"{plan.base.data}: {' '.join(given_flags(plan.base, names))}"


def _notes(rows: list[Row], plan: Plan) -> list[str]:
    """Notes on the table's columns, and on what failed."""
    where = "validation" if plan.base.validation_split else "test"
    reference = baseline(plan)
    told = [
        f"last, best: {where} accuracy after the last and the best epoch (the best is "
        "chosen by the same images, so it flatters), mean of the seeds ± standard "
        f"deviation; difference of the last to {reference}, seed by seed, ± standard "
        "error, and p of the paired t-test; to 90 %: epochs until 90 % of the last "
        "accuracy; train: training accuracy in the last epoch; time: median of an "
        f"epoch's, {reference} = 1."
    ]
    if plan.sweep:
        epochs = plan.sweep.epochs or plan.base.epochs
        told.append(
            "lr and L2: for each method the best of "
            f"{counted(plan.sweep.trials, 'trial')} of {counted(epochs, 'epoch')}, "
            f"judged on {plan.sweep.validation_split:.1%} of the training images, held "
            "out."
        )
    if necks := [name for name, own in plan.methods.items() if own.neck != "none"]:
        told.append(f"With a batch normalisation before the head: {', '.join(necks)}.")
    if plan.base.unseen_classes:
        told.append(
            "unseen R@1, mAP: how well the features of test images of the last "
            f"{plan.base.unseen_classes} classes, which were not trained on, find "
            "others of their class, mean of the seeds ± standard deviation."
        )
    return told + [f"{row.method} failed: {why}" for row in rows for why in row.failed]


def _percent(value: float | None, spread: float | None = None, sign: str = "") -> str:
    if value is None:
        return ""
    # + 0.0: there is no -0.00.
    text = f"{round(100 * value, 2) + 0.0:{sign}.2f}"
    return text if spread is None else f"{text} ± {100 * spread:.2f}"


def _cells(row: Row, reference: str) -> list[str]:
    def text(value: float | None, form: str) -> str:
        return "" if value is None else format(value, form)

    last, difference, best = "failed" if row.failed else "not yet", "", ""
    if row.seeds:
        last = _percent(row.last, row.last_sd)
        difference = _percent(row.difference, row.difference_se, "+")
        best = f"{_percent(row.best)} ({row.best_epoch:.0f})"
    return [
        row.method,
        text(row.lr, ".3g"),
        text(row.l2, ".3g"),
        last,
        best,
        "reference" if row.seeds and row.method == reference else difference,
        text(row.difference_p, ".2g"),
        text(row.epochs_to_90, ".1f"),
        _percent(row.train),
        text(row.relative_seconds, ".2f"),
        str(row.seeds),
    ]
