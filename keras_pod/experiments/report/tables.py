"""The tables of a report, as text, and the papers' claims that its runs decide."""

import dataclasses
import math
import statistics
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from keras_pod.experiments.papers.claims import CLAIMS, findings
from keras_pod.experiments.papers.evidence import Finding, Result
from keras_pod.experiments.report.measurements import Measured, Measures
from keras_pod.experiments.report.runs import Group, Run, differing, flat, short

# A matrix of more classes is too large to read.
MOST_CLASSES = 20


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of texts with a header; the first column has the rows' names.

    Cells may have shades, from 0 to 1.
    """

    columns: list[str]
    rows: list[list[str]]
    shades: np.ndarray | None = None


def _percent(value: float) -> str:
    return f"{100 * value:.2f} %"


def _significant(value: float) -> str:
    return f"{value:#.3g}".rstrip(".") if abs(value) < 1000 else f"{value:,.0f}"


def _whole(value: float) -> str:
    return f"{value:,.0f}"


# Of run.json or of what is measured: its name there, in words, and how it is shown.
_MEASURES = (
    ("accuracy", "{held_out} accuracy, last epoch", _percent),
    ("accuracy_best", "the same, best epoch", _percent),
    ("epoch_best", "best epoch", _whole),
    ("train_accuracy_last", "training accuracy", _percent),
    ("accuracy_gaussian", "accuracy of a Gaussian per class", _percent),
    ("accuracy_low_norm", "accuracy, norm below the mean", _percent),
    ("accuracy_high_norm", "accuracy, norm above the mean", _percent),
    ("cosine", "mean cosine of the true class", _significant),
    ("norm", "mean feature norm", _significant),
    ("spread", "spread within classes, 1 - cos", _significant),
    ("energy", "variance of the energy", _significant),
    ("nc1", "NC1, variability within classes", _significant),
    ("nc2_norms", "NC2, unequal norms", _significant),
    ("nc2_angles", "NC2, unequal angles", _significant),
    ("nc3", "NC3, class vectors off the means", _significant),
    ("nc4", "NC4, differs from the nearest mean", _percent),
    ("parameters", "parameters", _whole),
    ("seconds", "seconds of training", _whole),
)


def summary(group: Group, measured: Measures) -> Table:
    """The methods side by side: means over their seeds, ± standard deviation."""
    methods = group.methods.values()
    rows = [["seeds", *(", ".join(str(run.seed) for run in own) for own in methods)]]
    for key, name, show in _MEASURES:
        values = [_values(key, own, measured) for own in methods]
        if any(values):
            name = name.format(held_out=group.runs[0].held_out)
            rows.append([name, *(_cell(show, own) for own in values)])
    return Table(["", *group.methods], rows)


def _values(name: str, runs: list[Run], measured: Measures) -> list[float]:
    found = (run.content["result"] | measured[run.label].numbers for run in runs)
    return [own[name] for own in found if own.get(name) is not None]


def _cell(show: Callable[[float], str], values: list[float]) -> str:
    if not values:
        return ""
    mean = show(statistics.mean(values))
    spread = statistics.stdev(values) if len(values) > 1 else 0
    if not spread:
        return mean
    if show is _significant:
        return f"{mean} ± {spread:#.2g}".rstrip(".")
    return f"{mean} ± {show(spread).removesuffix(' %')}"


def differing_settings(group: Group) -> Table:
    """The settings that differ between the methods."""
    firsts = {method: runs[0] for method, runs in group.methods.items()}
    names = [name for name in differing(firsts.values()) if name != "seed"]
    columns = {method: flat(run.settings) for method, run in firsts.items()}
    return _side_by_side(columns, names)


def settings(group: Group) -> Table:
    """The folder of every run, all its settings, and the versions it was made with."""
    columns = {
        run.label: {"folder": run.folder.path, "backend": run.content.get("backend")}
        | flat(run.settings)
        | {f"{k} (version)": v for k, v in run.content.get("versions", {}).items()}
        for run in group.runs
    }
    names = [*dict.fromkeys(name for own in columns.values() for name in own)]
    return _side_by_side(columns, names)


def _side_by_side(columns: dict[str, dict[str, Any]], names: Sequence[str]) -> Table:
    rows = [
        [name, *(_text(own[name]) if name in own else "" for own in columns.values())]
        for name in names
    ]
    return Table(["", *columns], rows)


def _text(value: Any) -> str:
    return "none" if value is None or value == "" else short(value)


def confusion(measured: Measured, names: list[str]) -> Table:
    """Counts of each class taken for each; of many classes the worst pairs."""
    k = len(names)
    counts = np.zeros((k, k), dtype=int)
    np.add.at(counts, (measured.labels, measured.predicted), 1)
    # Errors have a scale of their own: the diagonal would hide them.
    wrong, of_class = counts - np.diag(counts.diagonal()), counts.sum(axis=1)
    if k > MOST_CLASSES:
        return _pairs(wrong, of_class, names)
    rows = [
        [names[i], *(str(n) if n else "" for n in counts[i]), _share(counts[i], i)]
        for i in range(k)
    ]
    shades = np.pad(wrong / (wrong.max() or 1), ((0, 0), (1, 1)))
    return Table(["true", *names, "right"], rows, shades)


def _share(counts: np.ndarray, right: int) -> str:
    """The accuracy of a class, "" without an image."""
    return _percent(counts[right] / counts.sum()) if counts.any() else ""


def _pairs(wrong: np.ndarray, counts: np.ndarray, names: list[str]) -> Table:
    order = np.argsort(-wrong, axis=None, kind="stable")[:MOST_CLASSES]
    rows = [
        [names[i], names[j], str(wrong[i, j]), _percent(wrong[i, j] / counts[i])]
        for i, j in zip(*np.unravel_index(order, wrong.shape), strict=True)
        if wrong[i, j]
    ]
    return Table(["true", "taken for", "images", "of the class"], rows)


def decide(group: Group, measured: Measures) -> list[Finding]:
    """The findings on every claim that these runs say something about.

    Two methods are compared where their runs differ in nothing but what is a method's
    own: loss, options, learning rate, decay, seed.
    """
    results = []
    for method, runs in group.methods.items():
        numbers: dict[str, dict[int, float]] = {}
        for run in runs:
            for name, value in measured[run.label].numbers.items():
                numbers.setdefault(name, {})[run.seed] = value
        results.append(Result(method, runs[0].comparable, numbers))
    every = [found for name in CLAIMS for found in findings(name, results)]
    return sorted(every, key=lambda found: int(found.claim[1:]))


def claims(found: list[Finding]) -> Table:
    """The claims with what decides them."""
    rows = []
    for f in found:
        unit = " points" if f.unit == "points" else ""
        value = f"{f.shown(f.value)}{unit}" if math.isfinite(f.value) else ""
        interval = ""
        if f.low is not None and f.high is not None:
            interval = f"{f.shown(f.low)} to {f.shown(f.high)}{unit}"
        says = f.says[0].upper() + f.says[1:]
        rows.append([says, f.about, f.decision, f.statistic, value, interval, f.n])
    names = ["claim", "runs", "decision", "number", "value", "95 % interval", "counted"]
    return Table(names, rows)
