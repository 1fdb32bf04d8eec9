"""The tables of a report, as text."""

import dataclasses
import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from keras_pod.experiments.papers.evidence import Finding
from keras_pod.experiments.report.measurements import Measured, Measures
from keras_pod.experiments.report.runs import Group, Run, differing, flat, short

# A matrix of more classes is too large to read.
MOST_CLASSES = 20


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of texts with a header; the first column has the rows' names.

    Cells may have shades, from 0 to 1, and rows the places of the cells that are best.
    """

    columns: list[str]
    rows: list[list[str]]
    shades: list[list[float]] | None = None
    best: list[set[int]] | None = None


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
_MARKED = ("accuracy", "accuracy_best")
_SHARED = {"data": "data", "backbone": "backbone"}
_SHARED |= {"dim": "feature size n", "epochs": "epochs"}


def summary(group: Group, measured: Measures) -> Table:
    """The methods side by side: means over their seeds, ± standard deviation."""
    methods = group.methods.values()
    seeds = [[str(run.seed) for run in own] for own in methods]
    rows = [["seeds", *(f"{len(own)} ({', '.join(own)})" for own in seeds)]]
    for key, name in _SHARED.items():
        rows.append([name, *(str(own[0].settings[key]) for own in methods)])
    best: list[set[int]] = [set() for _ in rows]
    for key, name, show in _MEASURES:
        values = [_values(key, own, measured) for own in methods]
        if any(values):
            name = name.format(held_out=group.runs[0].held_out)
            rows.append([name, *(_cell(show, own) for own in values)])
            means = [statistics.mean(own) if own else -1.0 for own in values]
            best.append(_best(means) if key in _MARKED else set())
    return Table(["", *group.methods], rows, best=best)


def headline(group: Group, measured: Measures) -> str:
    """The method with the highest accuracy, in a sentence."""
    means = {
        method: statistics.mean(_values("accuracy", runs, measured))
        for method, runs in group.methods.items()
    }
    first, *others = sorted(means, key=lambda method: -means[method])
    count = len(group.methods[first])
    text = f"{first} classifies {_percent(means[first])} of the "
    text += f"{group.runs[0].held_out} images rightly after the last epoch"
    text += f", the mean of {count} seeds" if count > 1 else ", with one seed"
    if others:
        text += f"; next comes {others[0]} with {_percent(means[others[0]])}"
    return f"{text}."


def _best(values: Sequence[float]) -> set[int]:
    """The columns of the largest values behind the rows' names, if some are smaller.

    >>> _best([0.9, 0.8, 0.9]), _best([0.9, 0.9])
    ({1, 3}, set())
    """
    if min(values) == max(values):
        return set()
    return {i for i, value in enumerate(values, 1) if value == max(values)}


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


def each_run(group: Group, measured: Measures) -> Table:
    """The runs one by one, with their folders."""
    names = ["run", "last", "best (epoch)", "seconds", "backend", "folder"]
    rows = []
    for run in group.runs:
        result = run.content["result"]
        last = _percent(measured[run.label].numbers["accuracy"])
        best = f"{_percent(result['accuracy_best'])} ({result['epoch_best']})"
        seconds, folder = _whole(result["seconds"]), str(run.folder.path)
        rows.append([run.label, last, best, seconds, run.content["backend"], folder])
    return Table(names, rows)


def differing_settings(group: Group) -> Table:
    """The settings that differ between the methods."""
    firsts = {method: runs[0] for method, runs in group.methods.items()}
    names = [name for name in differing(firsts.values()) if name != "seed"]
    columns = {method: flat(run.settings) for method, run in firsts.items()}
    return _side_by_side(columns, names)


def settings(group: Group) -> Table:
    """All settings of all runs."""
    return _side_by_side({run.label: flat(run.settings) for run in group.runs})


def versions(group: Group) -> Table:
    """The versions that each run was made with."""
    columns = {run.label: run.content.get("versions", {}) for run in group.runs}
    return _side_by_side(columns)


def _side_by_side(
    columns: dict[str, dict[str, Any]], names: Iterable[str] | None = None
) -> Table:
    if names is None:
        names = dict.fromkeys(name for own in columns.values() for name in own)
    rows = [
        [name, *(_text(own[name]) if name in own else "" for own in columns.values())]
        for name in names
    ]
    return Table(["", *columns], rows)


def _text(value: Any) -> str:
    return "none" if value is None or value == "" else short(value)


def class_accuracy(group: Group, measured: Measures) -> Table:
    """Accuracy by class, mean over the seeds; of many classes the hardest."""
    names = group.runs[0].content["data"]["class_names"]
    methods = [[measured[r.label] for r in runs] for runs in group.methods.values()]
    shares = np.full((len(names), len(methods)), np.nan)
    for c, j in np.ndindex(shares.shape):
        own = [m.right[m.labels == c] for m in methods[j] if np.any(m.labels == c)]
        if own:
            shares[c, j] = np.mean([right.mean() for right in own])
    kept = [c for c in range(len(names)) if np.isfinite(shares[c]).all()]
    if len(names) > MOST_CLASSES:
        kept = sorted(kept, key=lambda c: shares[c].mean())[:MOST_CLASSES]
    errors = 1 - shares
    most = max((errors[c].max() for c in kept), default=0) or 1
    return Table(
        ["class", *group.methods],
        [[names[c], *map(_percent, shares[c])] for c in kept],
        [[0.0, *(errors[c] / most)] for c in kept],
        [_best(shares[c]) for c in kept],
    )


def confusion(measured: Measured, names: list[str]) -> Table:
    """Counts of each class taken for each; of many classes the worst pairs."""
    k = len(names)
    counts = np.zeros((k, k), dtype=int)
    np.add.at(counts, (measured.labels, measured.predicted), 1)
    # Errors have a scale of their own: the diagonal would hide them.
    wrong = counts - np.diag(counts.diagonal())
    if k > MOST_CLASSES:
        return _pairs(wrong, counts.sum(axis=1), names)
    most = wrong.max() or 1
    return Table(
        ["true", *names],
        [[names[i], *(str(n) if n else "" for n in counts[i])] for i in range(k)],
        [[0.0, *(wrong[i] / most)] for i in range(k)],
    )


def _pairs(wrong: np.ndarray, counts: np.ndarray, names: list[str]) -> Table:
    order = np.argsort(-wrong, axis=None, kind="stable")[:MOST_CLASSES]
    rows = [
        [names[i], names[j], str(wrong[i, j]), _percent(wrong[i, j] / counts[i])]
        for i, j in zip(*np.unravel_index(order, wrong.shape), strict=True)
        if wrong[i, j]
    ]
    return Table(["true", "taken for", "images", "of the class"], rows)


def claims(findings: list[Finding]) -> Table:
    """The claims with what decides them."""
    rows = []
    for f in findings:
        show = _SHOWN[f.unit]
        interval = "" if f.low is None else f"{show(f.low)} to {show(f.high)}"
        interval = interval.replace(" points to", " to")
        value = show(f.value) if np.isfinite(f.value) else ""
        says = f.says[0].upper() + f.says[1:]
        rows.append([says, f.about, f.decision, f.statistic, value, interval, f.n])
    names = ["claim", "runs", "decision", "number", "value", "95 % interval", "counted"]
    return Table(names, rows)


_SHOWN = {
    "points": lambda value: f"{100 * value:+.2f} points",
    "difference": lambda value: f"{value:+.3g}",
    "number": _significant,
}
