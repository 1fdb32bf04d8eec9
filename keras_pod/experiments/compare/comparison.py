"""The table of a comparison: what the runs of each method gave, beside softmax."""

import dataclasses
import math
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from scipy.stats import ttest_1samp

from keras_pod.core.disk import write_csv, write_whole
from keras_pod.core.markdown import table
from keras_pod.experiments.compare.comparison_notes import notes, title
from keras_pod.experiments.compare.plan import Plan
from keras_pod.experiments.compare.results import Record, find
from keras_pod.experiments.run.written import save_picture


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
    finals = {label: _finals(plan, label, records) for label in plan.methods}
    reference = finals[baseline(plan)]
    made = [_row(plan, label, finals[label], reference, records) for label in finals]
    return sorted(made, key=lambda row: 1 if row.last is None else -row.last)


def baseline(plan: Plan) -> str:
    """The method that the others are compared with."""
    return "softmax" if "softmax" in plan.methods else next(iter(plan.methods))


def _finals(plan: Plan, label: str, records: list[Record]) -> list[Record]:
    found = (find(records, settings) for settings in plan.finals(label, records))
    return [record for record in found if record]


def _row(
    plan: Plan,
    label: str,
    finals: list[Record],
    reference: list[Record],
    records: list[Record],
) -> Row:
    good = [r for r in finals if "result" in r]
    planned = plan.finals(label, records)
    last = {r["settings"]["seed"]: r["result"]["accuracy_last"] for r in good}
    other = {
        r["settings"]["seed"]: r["result"]["accuracy_last"]
        for r in reference
        if "result" in r
    }
    # The same seed is the same data order and the same initial weights: paired.
    differences = [last[seed] - other[seed] for seed in last if seed in other]
    curves = tuple(tuple(r["history"]["val_accuracy"]) for r in good)
    seconds, unit = _seconds(good), _seconds(reference)
    spread = _sd(differences)
    is_baseline = label == baseline(plan)
    return Row(
        method=label,
        lr=planned[0].lr if planned else None,
        l2=planned[0].l2 if planned else None,
        trials=len(plan.trials(label, records)),
        seeds=len(good),
        last=_mean(last.values()),
        last_sd=_sd(list(last.values())),
        difference=None if is_baseline else _mean(differences),
        difference_se=None
        if is_baseline or spread is None
        else spread / math.sqrt(len(differences)),
        difference_p=None if is_baseline else _p_value(differences),
        best=_mean(r["result"]["accuracy_best"] for r in good),
        best_epoch=_mean(r["result"]["epoch_best"] for r in good),
        epochs_to_90=_mean(_epochs_to(0.9, curve) for curve in curves),
        train=_mean(r["result"]["train_accuracy_last"] for r in good),
        relative_seconds=seconds / unit if seconds and unit else None,
        chance=_chance(good)[0],
        chance_bound=_chance(good)[1],
        failed=_failures(finals),
        curves=curves,
    )


def _chance(good: list[Record]) -> tuple[float | None, float | None]:
    if not good:
        return None, None
    chance = 1 / good[0]["num_classes"]
    # Records of before it was kept.
    images = good[0].get("num_test", 1000)
    return chance, chance + 3 * math.sqrt(chance * (1 - chance) / images)


def _failures(finals: list[Record]) -> tuple[str, ...]:
    """Each reason once, with the seeds that it stopped."""
    seeds: dict[str, list[str]] = {}
    for record in finals:
        if "failed" in record:
            seed = str(record["settings"]["seed"])
            seeds.setdefault(record["failed"], []).append(seed)
    return tuple(f"seed {', '.join(of)}: {why}" for why, of in seeds.items())


def _mean(values: Any) -> float | None:
    values = list(values)
    return statistics.mean(values) if values else None


def _sd(values: Sequence[float]) -> float | None:
    return statistics.stdev(values) if len(values) > 1 else None


def _p_value(differences: Sequence[float]) -> float | None:
    """The two-sided p value of the paired t-test; None for a single pair."""
    if len(differences) < 2 or len(set(differences)) == 1:
        return None
    return float(ttest_1samp(differences, 0.0).pvalue)


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


# -- tables -----------------------------------------------------------------------

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


def _cells(row: Row, reference: str) -> tuple[str, ...]:
    if row.last is None:
        state = "failed" if row.failed else "not yet"
        return (row.method, _number(row.lr), _number(row.l2), state, *[""] * 6, "0")
    difference = ""
    if row.difference is not None:
        # + 0.0: there is no -0.00.
        difference = f"{round(100 * row.difference, 2) + 0.0:+.2f}"
    if row.difference_se is not None:
        difference += f" ± {100 * row.difference_se:.2f}"
    last = f"{100 * row.last:.2f}"
    last += "" if row.last_sd is None else f" ± {100 * row.last_sd:.2f}"
    return (
        row.method,
        _number(row.lr),
        _number(row.l2),
        last,
        f"{100 * row.best:.2f} ({row.best_epoch:.0f})",
        "reference" if row.method == reference else difference,
        "" if row.difference_p is None else f"{row.difference_p:.2g}",
        f"{row.epochs_to_90:.1f}",
        f"{100 * row.train:.2f}",
        "" if row.relative_seconds is None else f"{row.relative_seconds:.2f}",
        str(row.seeds),
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def markdown(rows: list[Row], plan: Plan) -> str:
    """The table as Markdown, with its notes."""
    lines = [f"**{title(plan)}**", ""]
    lines += table(_COLUMNS, (_cells(row, baseline(plan)) for row in rows))
    lines += [text for note in notes(rows, plan, baseline(plan)) for text in ("", note)]
    return "\n".join(lines) + "\n"


def write_tables(rows: list[Row], plan: Plan, folder: Path) -> None:
    """Writes table.md and table.csv."""
    text = markdown(rows, plan)
    write_whole(folder / "table.md", lambda path: path.write_text(text))
    names = [f.name for f in dataclasses.fields(Row) if f.name != "curves"]
    values = [
        {name: getattr(row, name) for name in names} | {"failed": "; ".join(row.failed)}
        for row in rows
    ]
    write_csv(folder / "table.csv", names, values)


def write(rows: list[Row], plan: Plan, folder: Path, console: Console) -> None:
    """Writes the tables and, where matplotlib is installed, the picture."""
    write_tables(rows, plan, folder)
    if not any(row.curves for row in rows):
        return

    def draw() -> Any:
        from keras_pod.experiments.plots.comparison import comparison_curves

        return comparison_curves(rows, title(plan))

    save_picture(folder / "curves.png", draw, console)


def show(rows: list[Row], plan: Plan, folder: Path, console: Console) -> None:
    """Prints the table, its notes, and where things are."""
    table = Table(title=title(plan), box=SIMPLE_HEAD, show_edge=False, padding=0)
    # table.md has all columns; a terminal seldom has room for more than these.
    left_out = ("L2", "to 90 %", "train %", "time")
    kept = [i for i, name in enumerate(_COLUMNS) if name not in left_out]
    for i in kept:
        table.add_column(
            _COLUMNS[i].replace(" (", "\n("),
            justify="right" if i else "left",
            no_wrap=True,
            overflow="fold",
        )
    for row in rows:
        cells = _cells(row, baseline(plan))
        table.add_row(*(cells[i] for i in kept))
    console.print(table)
    for note in notes(rows, plan, baseline(plan)):
        console.print(note)
    for name in ("table.md", "table.csv", "curves.png", "results.jsonl"):
        if (folder / name).exists():
            console.print(f"  {folder / name}", soft_wrap=True)
