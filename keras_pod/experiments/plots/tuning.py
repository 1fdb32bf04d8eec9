"""The picture of a search: over one hyperparameter, over two, or over many."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from keras_pod.experiments.plots.style import BLUE, ORANGE, empty

Row = dict[str, Any]
# It lies behind labels that lines cross.
_PAPER = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5}


def search_picture(rows: Sequence[Row], names: Sequence[str], title: str) -> Figure:
    """The picture that suits what varies.

    One number: loss and accuracy over it (as POD Fig 5). Two numbers: accuracy over
    both, a table where every pair was tried. Otherwise parallel coordinates. Rows are
    trials, each with its hyperparameters by name and `accuracy_last`, `loss_last` and
    `val_loss_last`.
    """
    varied = [name for name in names if len({row[name] for row in rows}) > 1]
    numeric = all(isinstance(row[n], int | float) for row in rows for n in varied)
    rows = sorted(rows, key=lambda row: row["accuracy_last"])
    if len(varied) == 1 and numeric:
        figure = _one(rows, varied[0])
    elif len(varied) == 2 and numeric:
        pairs = {tuple(row[name] for name in varied) for row in rows}
        sizes = [len({row[name] for row in rows}) for name in varied]
        every = len(rows) == len(pairs) == math.prod(sizes)
        figure = (_table if every else _two)(rows, varied)
    else:
        figure = _many(rows, varied or list(names))
    wrapped = title.replace("; ", ";\n").replace(": ", ":\n", 1)
    figure.suptitle(title if len(varied) == 1 else wrapped, fontsize=8)
    return figure


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

    def share(self, place: float) -> float:
        """How far a place is from the lower end of the axis to the upper one."""
        low, high = self(self.values[0]), self(self.values[-1])
        return (place - low) / (high - low) if high > low else 0.5

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
        axis.set_ticks(*self.ticks())
        axis.set_label_text(name + (", logarithmic" if self.log else ""))


def _one(rows: Sequence[Row], name: str) -> Figure:
    figure, (left, right) = empty(2, (10, 4))
    scale = _Scale([row[name] for row in rows])
    rows = sorted(rows, key=lambda row: scale(row[name]))
    places = [scale(row[name]) for row in rows]
    for axes, key, colour, label in (
        (left, "loss_last", BLUE, "training"),
        (left, "val_loss_last", ORANGE, "held-out"),
        (right, "accuracy_last", ORANGE, ""),
    ):
        values = [row[key] * (100 if axes is right else 1) for row in rows]
        axes.plot(places, values, "o-", color=colour, label=label)
        scale.show(axes.xaxis, name)
    left.legend(frameon=False)
    left.set(ylabel="total loss")
    right.set(ylabel="held-out accuracy, %")
    return figure


def _table(rows: Sequence[Row], names: Sequence[str]) -> Figure:
    """Accuracy over two settings, such as alpha and lambda, of every pair."""
    first, second = (sorted({row[name] for row in rows}) for name in names)
    values = np.empty((len(first), len(second)))
    for row in rows:
        place = first.index(row[names[0]]), second.index(row[names[1]])
        values[place] = 100 * row["accuracy_last"]
    size = (1.5 + 0.8 * len(second), 1.5 + 0.5 * len(first))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    axes.imshow(values, cmap="cividis", aspect="auto")
    middle = (values.min() + values.max()) / 2
    for (i, j), value in np.ndenumerate(values):
        ink = "black" if value > middle else "white"
        axes.text(j, i, f"{value:.2f}", ha="center", va="center", color=ink)
    axes.set_xticks(range(len(second)), [f"{v:g}" for v in second])
    axes.set_yticks(range(len(first)), [f"{v:g}" for v in first])
    axes.set(xlabel=names[1], ylabel=names[0])
    return figure


def _two(rows: Sequence[Row], names: Sequence[str]) -> Figure:
    """Accuracy over two settings, of some pairs; the best, which come last, on top."""
    figure, [axes] = empty(size=(6.5, 5))
    scales = [_Scale([row[name] for row in rows]) for name in names]
    x, y = ([s(row[n]) for row in rows] for s, n in zip(scales, names, strict=True))
    colours = [100 * row["accuracy_last"] for row in rows]
    style = {"cmap": "cividis", "vmin": _floor(colours), "edgecolors": "black"}
    points = axes.scatter(x, y, c=colours, s=140, zorder=2, **style)
    axes.scatter(x[-1:], y[-1:], s=420, facecolors="none", edgecolors=ORANGE, lw=2)
    figure.colorbar(points, ax=axes, label="held-out accuracy, %")
    for axis, scale, name in zip((axes.xaxis, axes.yaxis), scales, names, strict=True):
        scale.show(axis, name)
    return figure


def _many(rows: Sequence[Row], names: Sequence[str]) -> Figure:
    """Parallel coordinates: a line a trial, darker the better, the best thick."""
    figure = Figure(figsize=(2.2 + 1.8 * len(names), 4.6), layout="constrained")
    axes = figure.subplots()
    accuracies = [row["accuracy_last"] for row in rows]
    floor = _floor(accuracies)
    shown = [max(accuracy, floor) for accuracy in accuracies]
    columns = {name: [row[name] for row in rows] for name in names}
    columns["accuracy"] = shown
    scales = {name: _Scale(values) for name, values in columns.items()}
    colours = colormaps["cividis"].reversed()
    for i in range(len(rows)):
        heights = [s.share(s(columns[name][i])) for name, s in scales.items()]
        width = 3 if i == len(rows) - 1 else 1.2
        axes.plot(heights, color=colours((i + 1) / len(rows)), lw=width, alpha=0.8)
    for place, (name, scale) in enumerate(scales.items()):
        axes.axvline(place, color="black", lw=0.8)
        for height, label in zip(*scale.ticks(), strict=True):
            if name == "accuracy":
                label = f"{100 * height:.1f} %"
                hides = height == floor and floor > accuracies[0]
                label += " or less" if hides else ""
            at = place + 0.03, scale.share(height)
            axes.text(*at, label, fontsize=7, va="center", bbox=_PAPER)
    axes.set_xticks(range(len(columns)), [*names, "held-out accuracy"])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.set_xlim(-0.05, len(columns) - 0.7)
    return figure


def _floor(accuracies: Sequence[float]) -> float:
    """Below this, accuracies are shown alike: some far below hide the others."""
    best, middle = max(accuracies), float(np.median(accuracies))
    return max(min(accuracies), best - 3 * (best - middle))
