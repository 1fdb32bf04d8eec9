"""The tables of a report, as text."""

import dataclasses
import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from keras_pod.experiments.report.claims import Finding
from keras_pod.experiments.report.measurements import Measured
from keras_pod.experiments.report.runs import Group, Run, differing, flat

# A matrix of more classes is too large to read.
MOST_CLASSES = 20

Measures = dict[str, Measured]


@dataclasses.dataclass(frozen=True)
class Table:
    """A table with a header.

    Attributes:
        columns: their names; the first is that of the rows' names.
        rows: cells, as text.
        shades: of each cell from 0 to 1; None for none.
        best: by row, the places of the cells that are best; None where that is not
            the question.
    """

    columns: list[str]
    rows: list[list[str]]
    shades: list[list[float]] | None = None
    best: list[set[int]] | None = None


@dataclasses.dataclass(frozen=True)
class _Measure:
    name: str
    of: Callable[[Run, Measured], float | None]
    show: Callable[[float], str]
    larger_is_better: bool = False


def _number(name: str) -> Callable[[Run, Measured], float | None]:
    return lambda run, m: m.numbers.get(name)


def _result(name: str) -> Callable[[Run, Measured], float | None]:
    return lambda run, m: run.content["result"].get(name)


def _percent(value: float) -> str:
    return f"{100 * value:.2f} %"


def _significant(value: float) -> str:
    return f"{value:#.3g}".rstrip(".") if abs(value) < 1000 else f"{value:,.0f}"


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def summary(group: Group, measured: Measures) -> Table:
    """The methods side by side: means over their seeds, ± standard deviation."""
    held_out = group.runs[0].held_out
    rows = (
        (f"{held_out} accuracy, last epoch", _number("accuracy"), _percent, True),
        ("the same, best epoch", _result("accuracy_best"), _percent, True),
        ("best epoch", _result("epoch_best"), _whole),
        ("training accuracy", _result("train_accuracy_last"), _percent),
        ("accuracy of a Gaussian per class", _number("accuracy_gaussian"), _percent),
        ("accuracy, norm below the mean", _number("accuracy_low_norm"), _percent),
        ("accuracy, norm above the mean", _number("accuracy_high_norm"), _percent),
        ("mean cosine of the true class", _number("cosine"), _significant),
        ("mean feature norm", _number("norm"), _significant),
        ("spread within classes, 1 - cos", _number("spread"), _significant),
        ("variance of the energy", _number("energy"), _significant),
        ("NC1, variability within classes", _number("nc1"), _significant),
        ("NC2, unequal norms", _number("nc2_norms"), _significant),
        ("NC2, unequal angles", _number("nc2_angles"), _significant),
        ("NC3, class vectors off the means", _number("nc3"), _significant),
        ("NC4, differs from the nearest mean", _number("nc4"), _percent),
        ("parameters", _result("parameters"), _whole),
        ("seconds of training", _result("seconds"), _whole),
    )
    measures = [_Measure(*row) for row in rows]
    methods = group.methods
    rows = [
        ["seeds", *(_seeds(own) for own in methods.values())],
        *(
            [name, *(str(own[0].settings[key]) for own in methods.values())]
            for name, key in (
                ("data", "data"),
                ("backbone", "backbone"),
                ("feature size n", "dim"),
                ("epochs", "epochs"),
            )
        ),
    ]
    best: list[set[int]] = [set() for _ in rows]
    for measure in measures:
        values = [_values(measure, own, measured) for own in methods.values()]
        if any(values):
            rows.append([measure.name, *(_cell(measure, own) for own in values)])
            means = [statistics.mean(own) if own else -1.0 for own in values]
            best.append(_best(means) if measure.larger_is_better else set())
    return Table(["", *methods], rows, best=best)


def headline(group: Group, measured: Measures) -> str:
    """The method with the highest accuracy, in a sentence."""
    of = _Measure("", _number("accuracy"), _percent)
    means = {
        method: statistics.mean(_values(of, runs, measured))
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


def _seeds(runs: list[Run]) -> str:
    """The number of seeds, and which.

    >>> import types
    >>> _seeds([types.SimpleNamespace(seed=seed) for seed in (0, 3)])
    '2 (0, 3)'
    """
    return f"{len(runs)} ({', '.join(str(run.seed) for run in runs)})"


def _best(values: Sequence[float]) -> set[int]:
    """The columns of the largest values behind the rows' names, if some are smaller.

    >>> _best([0.9, 0.8, 0.9]), _best([0.9, 0.9])
    ({1, 3}, set())
    """
    if min(values) == max(values):
        return set()
    return {i for i, value in enumerate(values, 1) if value == max(values)}


def _values(measure: _Measure, runs: list[Run], measured: Measures) -> list[float]:
    values = (measure.of(run, measured[run.label]) for run in runs)
    return [value for value in values if value is not None]


def _cell(measure: _Measure, values: list[float]) -> str:
    if not values:
        return ""
    mean = measure.show(statistics.mean(values))
    spread = statistics.stdev(values) if len(values) > 1 else 0
    if not spread:
        return mean
    if measure.show is _significant:
        return f"{mean} ± {spread:#.2g}".rstrip(".")
    return f"{mean} ± {measure.show(spread).removesuffix(' %')}"


def each_run(group: Group, measured: Measures) -> Table:
    """The runs one by one, with their folders."""
    rows = []
    for run in group.runs:
        result = run.content["result"]
        rows.append(
            [
                run.label,
                _percent(measured[run.label].numbers["accuracy"]),
                f"{_percent(result['accuracy_best'])} ({result['epoch_best']})",
                _whole(result["seconds"]),
                run.content["backend"],
                str(run.folder.path),
            ]
        )
    names = ["run", "last", "best (epoch)", "seconds", "backend", "folder"]
    return Table(names, rows)


def settings(group: Group) -> tuple[Table, Table]:
    """The settings that differ between the methods, and all settings of all runs."""
    firsts = {method: runs[0] for method, runs in group.methods.items()}
    names = [n for n in differing(firsts.values()) if n != "seed"]
    few = Table(
        ["", *firsts], _rows(names, [flat(r.settings) for r in firsts.values()])
    )
    every = [flat(run.settings) for run in group.runs]
    names = list(dict.fromkeys(name for own in every for name in own))
    return few, Table(["", *(r.label for r in group.runs)], _rows(names, every))


def versions(group: Group) -> Table:
    """The versions that each run was made with."""
    every = [run.content.get("versions", {}) for run in group.runs]
    names = list(dict.fromkeys(name for own in every for name in own))
    return Table(["", *(run.label for run in group.runs)], _rows(names, every))


def _rows(names: Iterable[str], columns: Sequence[dict[str, Any]]) -> list[list[str]]:
    return [[name, *(_text(own, name) for own in columns)] for name in names]


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if value is None or value == "":
        return "" if name not in values else "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def class_accuracy(group: Group, measured: Measures) -> Table:
    """Accuracy by class, mean over the seeds; of many classes the hardest."""
    names = group.runs[0].content["data"]["class_names"]
    shares = np.full((len(names), len(group.methods)), np.nan)
    for j, runs in enumerate(group.methods.values()):
        for c in range(len(names)):
            own = [
                m.right[m.labels == c].mean()
                for m in (measured[run.label] for run in runs)
                if np.any(m.labels == c)
            ]
            shares[c, j] = np.mean(own) if own else np.nan
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
    if k > MOST_CLASSES:
        return _pairs(counts, names)
    # Errors have a scale of their own: the diagonal would hide them.
    wrong = counts - np.diag(counts.diagonal())
    most = wrong.max() or 1
    return Table(
        ["true", *names],
        [[names[i], *(str(n) if n else "" for n in counts[i])] for i in range(k)],
        [[0.0, *(wrong[i] / most)] for i in range(k)],
    )


def _pairs(counts: np.ndarray, names: list[str]) -> Table:
    wrong = counts - np.diag(counts.diagonal())
    order = np.argsort(-wrong, axis=None, kind="stable")[:MOST_CLASSES]
    rows = []
    for i, j in zip(*np.unravel_index(order, wrong.shape), strict=True):
        if wrong[i, j]:
            share = _percent(wrong[i, j] / counts[i].sum())
            rows.append([names[i], names[j], str(wrong[i, j]), share])
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


def _points(value: float) -> str:
    return f"{100 * value:+.2f} points"


def _signed(value: float) -> str:
    return f"{value:+.3g}"


_SHOWN = {"points": _points, "difference": _signed, "number": _significant}
