"""The table of a comparison: the numbers of each method's runs, beside softmax."""

import dataclasses
import math
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from scipy.stats import ttest_1samp

from keras_pod.core.disk import write_csv, write_whole
from keras_pod.core.markdown import table
from keras_pod.experiments.compare.comparison_notes import notes, title
from keras_pod.experiments.compare.plan import Plan
from keras_pod.experiments.compare.results import Record, find
from keras_pod.experiments.run.console import save_picture, show_files, show_table

_COLUMNS = (
    "method",
    "lr",
    "L2",
    "last %",
    "best % (epoch)",
    "difference",
    "p",
    "to 90 %",
    "train %",
    "time",
    "seeds",
)
# Their columns come last, where classes were left out.
_UNSEEN = {"unseen_recall_1": "unseen R@1 %", "unseen_map": "unseen mAP %"}


@dataclasses.dataclass(frozen=True)
class Row:
    """A method's final runs. Accuracies are shares, not percent.

    Attributes:
        method: its label.
        lr, l2: base learning rate and decay; None before its search ended.
        trials: runs of the search that chose them.
        seeds: final runs that succeeded.
        last, last_sd: mean and standard deviation of the last epoch's accuracy.
        difference, difference_se: mean over the seeds that both have of the last
            accuracy minus the first method's, and its standard error.
        difference_p: two-sided p value of the paired t-test that it is 0.
        best, best_epoch: means of the best accuracy and of its epoch.
        epochs_to_90: mean number of epochs to 90 % of the run's last accuracy.
        train: mean training accuracy of the last epoch.
        unseen_recall_1, unseen_map: means over the runs of Recall@1 and mAP among
            classes that were not trained on, each with its standard deviation; None
            without such classes.
        relative_seconds: seconds per epoch, as a multiple of the first method's.
        chance, chance_bound: accuracy of guessing, and three standard errors above.
        failed: why runs failed.
        curves: of each run, the accuracy after every epoch.
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
    chance: float | None
    chance_bound: float | None
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
    ended = _ended(finals, records)
    good = [r for r in ended if "result" in r]
    others = _ended(plan.finals(baseline(plan), records), records)
    others = [r for r in others if "result" in r]
    last, other = _last_by_seed(good), _last_by_seed(others)
    # The same seed is the same data order and the same initial weights: paired.
    differences = [last[seed] - other[seed] for seed in last if seed in other]
    if label == baseline(plan):
        differences = []
    spread = _sd(differences)
    curves = tuple(tuple(r["history"]["val_accuracy"]) for r in good)
    seconds, unit = _seconds(good), _seconds(others)
    chance = bound = None
    if good:
        chance = 1 / good[0]["num_classes"]
        # Older records do not have the number of images.
        images = good[0].get("num_test", 1000)
        bound = chance + 3 * math.sqrt(chance * (1 - chance) / images)

    def mean(name: str) -> float | None:
        return _mean(record["result"][name] for record in good)

    unseen = {}
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
        chance=chance,
        chance_bound=bound,
        failed=_failures(ended),
        curves=curves,
    )


def _ended(finals: list[Any], records: list[Record]) -> list[Record]:
    return [record for settings in finals if (record := find(records, settings))]


def _last_by_seed(records: list[Record]) -> dict[int, float]:
    return {r["settings"]["seed"]: r["result"]["accuracy_last"] for r in records}


def _failures(ended: list[Record]) -> tuple[str, ...]:
    """Each reason once, with the seeds that it stopped."""
    seeds: dict[str, list[str]] = {}
    for record in ended:
        if "failed" in record:
            seed = str(record["settings"]["seed"])
            seeds.setdefault(record["failed"], []).append(seed)
    return tuple(f"seed {', '.join(of)}: {why}" for why, of in seeds.items())


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


def accuracy(row: Row) -> str:
    """The last accuracy in percent, or why there is none."""
    if row.last is None:
        return "failed" if row.failed else "not yet"
    return f"{100 * row.last:.2f}{_spread(row.last_sd)}"


def difference(row: Row) -> str:
    """The difference to the reference in percent, if there is one."""
    if row.difference is None:
        return ""
    # + 0.0: there is no -0.00.
    value = round(100 * row.difference, 2) + 0.0
    return f"{value:+.2f}{_spread(row.difference_se)}"


def _spread(value: float | None) -> str:
    return "" if value is None else f" ± {100 * value:.2f}"


def _cells(row: Row, reference: str) -> list[str]:
    def text(value: float | None, form: str) -> str:
        return "" if value is None else format(value, form)

    cells = [row.method, text(row.lr, ".3g"), text(row.l2, ".3g"), accuracy(row)]
    if row.last is None:
        return [*cells, *[""] * 6, "0"]
    return [
        *cells,
        f"{100 * row.best:.2f} ({row.best_epoch:.0f})",
        "reference" if row.method == reference else difference(row),
        text(row.difference_p, ".2g"),
        f"{row.epochs_to_90:.1f}",
        f"{100 * row.train:.2f}",
        text(row.relative_seconds, ".2f"),
        str(row.seeds),
    ]


def _columns_and_cells(
    rows: list[Row], plan: Plan
) -> tuple[tuple[str, ...], list[list[str]]]:
    """The table as text."""
    columns, cells = _COLUMNS, [_cells(row, baseline(plan)) for row in rows]
    if plan.shared("unseen_classes"):
        columns += tuple(_UNSEEN.values())
        for row, own in zip(rows, cells, strict=True):
            own += [_percent(row, name) for name in _UNSEEN]
    return columns, cells


def _percent(row: Row, name: str) -> str:
    value, spread = getattr(row, name), getattr(row, f"{name}_sd")
    return "" if value is None else f"{100 * value:.2f}{_spread(spread)}"


def markdown(rows: list[Row], plan: Plan) -> str:
    """The table as Markdown, with its notes."""
    lines = [f"**{title(plan)}**", ""]
    lines += table(*_columns_and_cells(rows, plan))
    lines += [text for note in notes(rows, plan, baseline(plan)) for text in ("", note)]
    return "\n".join(lines) + "\n"


def write_tables(rows: list[Row], plan: Plan, folder: Path) -> None:
    """Writes table.md and table.csv."""
    text = markdown(rows, plan)
    write_whole(folder / "table.md", lambda path: path.write_text(text))
    names = [f.name for f in dataclasses.fields(Row) if f.name != "curves"]
    if not plan.shared("unseen_classes"):
        names = [name for name in names if not name.startswith("unseen")]
    values = [
        {name: getattr(row, name) for name in names} | {"failed": "; ".join(row.failed)}
        for row in rows
    ]
    write_csv(folder / "table.csv", names, values)


def show(rows: list[Row], plan: Plan, folder: Path, console: Console) -> None:
    """Prints the table and its notes, draws it, and says where things are."""

    def picture() -> Any:
        from keras_pod.experiments.plots.comparison import comparison_curves

        return comparison_curves(rows, title(plan))

    if any(row.curves for row in rows):
        save_picture(folder / "curves.png", picture, console)
    columns, cells = _columns_and_cells(rows, plan)
    left_out = ("L2", "to 90 %", "train %", "time", "unseen mAP %")
    if len(columns) > len(_COLUMNS):
        left_out += ("best % (epoch)",)
    show_table(console, title(plan), columns, cells, left=1, left_out=left_out)
    for note in notes(rows, plan, baseline(plan)):
        console.print(note)
    names = ("table.md", "table.csv", "curves.png", "results.jsonl")
    show_files(console, *(folder / name for name in names))
