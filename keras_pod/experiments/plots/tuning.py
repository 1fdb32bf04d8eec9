"""The picture of a search: over one hyperparameter, over two, or over many."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from keras_pod.experiments.plots.matrices import setting_map
from keras_pod.experiments.plots.style import BLUE, ORANGE

Row = dict[str, Any]
# It lies behind labels that lines cross.
_PAPER = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5}


def search_picture(rows: Sequence[Row], names: Sequence[str], title: str) -> Figure:
    """The picture that suits what varies.

    One number: loss and accuracy over it (as POD Fig 5). Two numbers: accuracy over
    both, a table where every pair was tried. Otherwise parallel coordinates.

    Args:
        rows: trials, each with its hyperparameters by name and `accuracy_last`,
            `loss_last` and `val_loss_last`.
        names: the hyperparameters that were searched.
        title: what was searched.
    """
    varied = [name for name in names if len({row[name] for row in rows}) > 1]
    numeric = all(isinstance(row[n], int | float) for row in rows for n in varied)
    if len(varied) == 1 and numeric:
        return _one(rows, varied[0], title)
    if len(varied) == 2 and numeric:
        return _two(rows, varied, title)
    return _many(rows, varied or list(names), title)


class _Scale:
    """The places of a hyperparameter's values on an axis.

    Positive numbers of more than a decade by their logarithms, 0 half a decade below
    the least of the others; words side by side.
    """

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = sorted(set(values))
        self.words = isinstance(self.values[0], str)
        positive = [] if self.words else [v for v in self.values if v > 0]
        self.log = bool(positive) and max(positive) >= 10 * min(positive)
        self.log &= not self.words and self.values[0] >= 0
        self.zero = math.log10(min(positive)) - 0.5 if self.log else 0.0

    def __call__(self, value: Any) -> float:
        if self.words:
            return float(self.values.index(value))
        if not self.log:
            return float(value)
        return math.log10(value) if value > 0 else self.zero

    @property
    def ends(self) -> tuple[float, float]:
        low, high = self(self.values[0]), self(self.values[-1])
        return (low, high) if high > low else (low - 0.5, high + 0.5)

    def ticks(self) -> tuple[list[float], list[str]]:
        """Places and labels."""
        shown = self.values
        if self.log and len(shown) > 8:
            low, high = (self(v) for v in (min(v for v in shown if v), shown[-1]))
            steps = (1,) if high - low > 2 else (1, 2, 5)
            decades = range(math.floor(low), math.ceil(high) + 1)
            shown = [s * 10.0**e for e in decades for s in steps]
            shown = [v for v in shown if low <= math.log10(v) <= high]
            shown += [0] if self.values[0] == 0 else []
        elif not self.words and len(shown) > 8:
            shown = list(np.linspace(shown[0], shown[-1], 6))
        labels = [v if self.words else f"{v:.4g}" for v in shown]
        return [self(v) for v in shown], labels

    def show(self, axis: Any, name: str) -> None:
        """Labels an axis of a figure."""
        places, labels = self.ticks()
        axis.set_ticks(places, labels)
        axis.set_label_text(name + (", logarithmic" if self.log else ""))


def _one(rows: Sequence[Row], name: str, title: str) -> Figure:
    figure = Figure(figsize=(10, 4), layout="constrained")
    figure.suptitle(title, fontsize=9)
    left, right = figure.subplots(1, 2)
    scale = _Scale([row[name] for row in rows])
    rows = sorted(rows, key=lambda row: scale(row[name]))
    places = [scale(row[name]) for row in rows]
    for key, colour, label in (
        ("loss_last", BLUE, "training"),
        ("val_loss_last", ORANGE, "held-out"),
    ):
        values = [row[key] for row in rows]
        left.plot(places, values, "o-", color=colour, label=label)
    left.legend(frameon=False)
    left.set(ylabel="total loss")
    accuracies = [100 * row["accuracy_last"] for row in rows]
    right.plot(places, accuracies, "o-", color=ORANGE)
    right.set(ylabel="held-out accuracy, %")
    for axes in (left, right):
        axes.grid(alpha=0.3)
        scale.show(axes.xaxis, name)
    return figure


def _two(rows: Sequence[Row], names: Sequence[str], title: str) -> Figure:
    first, second = (sorted({row[name] for row in rows}) for name in names)
    pairs = {tuple(row[name] for name in names) for row in rows}
    if len(rows) == len(pairs) == len(first) * len(second):
        table = np.full((len(first), len(second)), np.nan)
        for row in rows:
            place = first.index(row[names[0]]), second.index(row[names[1]])
            table[place] = 100 * row["accuracy_last"]
        return setting_map(first, second, table, tuple(names), _wrapped(title))
    figure = Figure(figsize=(6.5, 5), layout="constrained")
    axes = figure.subplots()
    axes.set_title(_wrapped(title), fontsize=8)
    scales = [_Scale([row[name] for row in rows]) for name in names]
    # The worst first, so that the best are seen.
    rows = sorted(rows, key=lambda row: row["accuracy_last"])
    x, y = ([s(row[n]) for row in rows] for s, n in zip(scales, names, strict=True))
    colours = [100 * row["accuracy_last"] for row in rows]
    points = axes.scatter(
        x,
        y,
        c=colours,
        cmap="cividis",
        vmin=_floor(colours),
        s=140,
        edgecolors="black",
        zorder=2,
    )
    axes.scatter(x[-1:], y[-1:], s=420, facecolors="none", edgecolors=ORANGE, lw=2)
    figure.colorbar(points, ax=axes, label="held-out accuracy, %")
    for axis, scale, name in zip((axes.xaxis, axes.yaxis), scales, names, strict=True):
        scale.show(axis, name)
    axes.grid(alpha=0.3)
    return figure


def _many(rows: Sequence[Row], names: Sequence[str], title: str) -> Figure:
    """Parallel coordinates: a line a trial, darker the better, the best thick."""
    figure = Figure(figsize=(2.2 + 1.8 * len(names), 4.6), layout="constrained")
    axes = figure.subplots()
    axes.set_title(_wrapped(title), fontsize=8)
    rows = sorted(rows, key=lambda row: row["accuracy_last"])
    lowest = rows[0]["accuracy_last"]
    floor = _floor([row["accuracy_last"] for row in rows])
    shown = [max(row["accuracy_last"], floor) for row in rows]
    rows = [row | {"accuracy": a} for row, a in zip(rows, shown, strict=True)]
    columns = [*names, "accuracy"]
    scales = [_Scale([row[name] for row in rows]) for name in columns]
    colours = colormaps["cividis"].reversed()
    for rank, row in enumerate(rows, 1):
        heights = []
        for name, scale in zip(columns, scales, strict=True):
            low, high = scale.ends
            heights.append((scale(row[name]) - low) / (high - low))
        width = 3 if row is rows[-1] else 1.2
        axes.plot(heights, color=colours(rank / len(rows)), lw=width, alpha=0.8)
    for place, (name, scale) in enumerate(zip(columns, scales, strict=True)):
        axes.axvline(place, color="black", lw=0.8)
        low, high = scale.ends
        for height, label in zip(*scale.ticks(), strict=True):
            if name == "accuracy":
                label = f"{100 * height:.1f} %"
                label += " or less" if height == floor and floor > lowest else ""
            at = (height - low) / (high - low)
            axes.text(place + 0.03, at, label, fontsize=7, va="center", bbox=_PAPER)
    axes.set_xticks(range(len(columns)), [*names, "held-out accuracy"])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.set_xlim(-0.05, len(columns) - 0.7)
    return figure


def _floor(accuracies: Sequence[float]) -> float:
    """Below this, accuracies are shown alike: some far below hide the others."""
    best, middle = max(accuracies), float(np.median(accuracies))
    return max(min(accuracies), best - 3 * (best - middle))


def _wrapped(title: str) -> str:
    return title.replace("; ", ";\n").replace(": ", ":\n", 1)
