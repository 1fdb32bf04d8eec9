"""The picture of a search: over one hyperparameter, over two, or over many."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize, SymLogNorm
from matplotlib.figure import Figure

from keras_pod.experiments.plots.style import BLUE, ORANGE, empty

Row = dict[str, Any]
# It lies behind labels that lines cross.
_PAPER = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5}
_NORMS = {"linear": Normalize, "log": LogNorm, "symlog": SymLogNorm}


def search_picture(rows: Sequence[Row], names: Sequence[str], title: str) -> Figure:
    """The picture that suits what varies.

    One number: loss and accuracy over it (as POD Fig 5). Two numbers: accuracy over
    both. Otherwise parallel coordinates. Rows are trials, each with its hyperparameters
    by name and `accuracy_last`, `loss_last` and `val_loss_last`.
    """
    varied = [name for name in names if len({row[name] for row in rows}) > 1]
    numeric = all(isinstance(row[n], int | float) for row in rows for n in varied)
    rows = sorted(rows, key=lambda row: row["accuracy_last"])
    if len(varied) == 1 and numeric:
        figure = _one(rows, varied[0])
    elif len(varied) == 2 and numeric:
        figure = _two(rows, varied)
    else:
        figure = _many(rows, varied or list(names))
    wrapped = title.replace("; ", ";\n").replace(": ", ":\n", 1)
    figure.suptitle(title if len(varied) == 1 else wrapped, fontsize=8)
    return figure


def _scale(values: Sequence[float]) -> tuple[str, dict[str, float]]:
    """Matplotlib's scale for numbers: logarithmic if they span more than a decade.

    0 is then half a decade below the least of the others.
    """
    positive = [value for value in values if value > 0]
    if min(values) < 0 or not positive or max(positive) < 10 * min(positive):
        return "linear", {}
    if min(values) > 0:
        return "log", {}
    return "symlog", {"linthresh": min(positive), "linscale": 0.45}


def _show_axis(axes: Axes, side: str, name: str, values: Sequence[float]) -> None:
    """Scale and label the x or the y axis for a hyperparameter."""
    scale, options = _scale(values)
    getattr(axes, f"set_{side}scale")(scale, **options)
    label = name if scale == "linear" else f"{name}, logarithmic"
    getattr(axes, f"set_{side}label")(label)


def _one(rows: Sequence[Row], name: str) -> Figure:
    figure, (left, right) = empty(2, (10, 4))
    rows = sorted(rows, key=lambda row: row[name])
    places = [row[name] for row in rows]
    for axes, key, colour, label in (
        (left, "loss_last", BLUE, "training"),
        (left, "val_loss_last", ORANGE, "held-out"),
        (right, "accuracy_last", ORANGE, ""),
    ):
        values = [row[key] * (100 if axes is right else 1) for row in rows]
        axes.plot(places, values, "o-", color=colour, label=label)
        _show_axis(axes, "x", name, places)
    left.legend(frameon=False)
    left.set(ylabel="total loss")
    right.set(ylabel="held-out accuracy, %")
    return figure


def _two(rows: Sequence[Row], names: Sequence[str]) -> Figure:
    """Accuracy over two settings, such as alpha and lambda; the best come on top."""
    figure, [axes] = empty(size=(6.5, 5))
    x, y = ([row[name] for row in rows] for name in names)
    colours = [100 * row["accuracy_last"] for row in rows]
    style = {"cmap": "cividis", "vmin": _floor(colours), "edgecolors": "black"}
    points = axes.scatter(x, y, c=colours, s=140, zorder=2, **style)
    axes.scatter(x[-1:], y[-1:], s=420, facecolors="none", edgecolors=ORANGE, lw=2)
    figure.colorbar(points, ax=axes, label="held-out accuracy, %")
    for side, name, values in zip("xy", names, (x, y), strict=True):
        _show_axis(axes, side, name, values)
    return figure


def _many(rows: Sequence[Row], names: Sequence[str]) -> Figure:
    """Parallel coordinates: a line a trial, darker the better, the best thick."""
    figure = Figure(figsize=(2.2 + 1.8 * len(names), 4.6), layout="constrained")
    axes = figure.subplots()
    accuracies = [row["accuracy_last"] for row in rows]
    floor = _floor(accuracies)
    columns = {name: [row[name] for row in rows] for name in names}
    columns["accuracy"] = [max(accuracy, floor) for accuracy in accuracies]
    heights = []
    for place, (name, values) in enumerate(columns.items()):
        own, ticks = _column(values)
        heights.append(own)
        axes.axvline(place, color="black", lw=0.8)
        for height, tick in ticks.items():
            label = tick if isinstance(tick, str) else f"{tick:.4g}"
            if name == "accuracy":
                hides = height == 0 and floor > accuracies[0]
                label = f"{100 * tick:.1f} %" + (" or less" if hides else "")
            at = place + 0.03, height
            axes.text(*at, label, fontsize=7, va="center", bbox=_PAPER)
    colours = colormaps["cividis"].reversed()
    for i, line in enumerate(zip(*heights, strict=True), 1):
        width = 3 if i == len(rows) else 1.2
        axes.plot(line, color=colours(i / len(rows)), lw=width, alpha=0.8)
    axes.set_xticks(range(len(columns)), [*names, "held-out accuracy"])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.set_xlim(-0.05, len(columns) - 0.7)
    return figure


def _column(values: Sequence[Any]) -> tuple[list[float], dict[float, Any]]:
    """How far up an axis of their own values stand, 0 to 1, and what stands where.

    Of a few values all are shown, of many five places.
    """
    every = sorted(set(values))
    if isinstance(every[0], str):
        place = {word: i / max(1, len(every) - 1) for i, word in enumerate(every)}
        return [place[word] for word in values], {place[word]: word for word in every}
    scale, options = _scale(every)
    norm = _NORMS[scale](vmin=every[0], vmax=every[-1], **options)
    shown = every if len(every) <= 8 else norm.inverse(np.linspace(0, 1, 5))
    return list(map(norm, values)), {float(norm(value)): value for value in shown}


def _floor(accuracies: Sequence[float]) -> float:
    """Below this, accuracies are shown alike: some far below hide the others."""
    best, middle = max(accuracies), float(np.median(accuracies))
    return max(min(accuracies), best - 3 * (best - middle))
