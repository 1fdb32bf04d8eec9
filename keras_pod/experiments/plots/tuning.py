"""The picture of a search: accuracy over each hyperparameter that varies."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from keras_pod.experiments.plots.style import BLUE, ORANGE, empty

Row = dict[str, Any]


def search_picture(rows: Sequence[Row], names: Sequence[str], title: str) -> Figure:
    """Held-out accuracy over each hyperparameter, the best trial in another colour.

    Over a single number the losses stand beside it (as POD Fig 5). Rows are trials,
    each with its hyperparameters by name and `accuracy_last`, `loss_last` and
    `val_loss_last`.
    """
    varied = [name for name in names if len({row[name] for row in rows}) > 1]
    shown = varied or list(names)
    with_loss = len(shown) == 1 and all(
        isinstance(row[shown[0]], int | float) for row in rows
    )
    count = len(shown) + with_loss
    figure, every = empty(count, (1.5 + 3.6 * count, 4))
    figure.suptitle(title.replace("; ", ";\n"), fontsize=8)
    accuracies = [100 * row["accuracy_last"] for row in rows]
    for axes, name in zip(every, shown, strict=False):
        _accuracy(axes, name, [row[name] for row in rows], accuracies)
        axes.set_ylim(_floor(accuracies) - 0.5, max(accuracies) + 0.5)
    every[0].set_ylabel("held-out accuracy, %")
    if with_loss:
        _losses(every[-1], sorted(rows, key=lambda row: row[shown[0]]), shown[0])
    return figure


def _accuracy(
    axes: Axes, name: str, values: Sequence[Any], accuracies: Sequence[float]
) -> None:
    numbers = [i for i, value in enumerate(values) if isinstance(value, int | float)]
    # A word among numbers, such as "auto", has no place: it is a line across.
    places, best = numbers or range(len(values)), int(np.argmax(accuracies))
    _show_axis(axes, name, [values[i] for i in places])
    points = [values[i] for i in places], [accuracies[i] for i in places]
    axes.plot(*points, "o", color=BLUE, alpha=0.6)
    if best in places:
        axes.plot(values[best], accuracies[best], "*", color=ORANGE, markersize=14)
    for i in {*range(len(values))} - {*places}:
        axes.axhline(accuracies[i], color="0.5", label=str(values[i]))
        axes.legend(frameon=False)


def _losses(axes: Axes, rows: Sequence[Row], name: str) -> None:
    places = [row[name] for row in rows]
    _show_axis(axes, name, places)
    for key, colour, label in (
        ("loss_last", BLUE, "training"),
        ("val_loss_last", ORANGE, "held-out"),
    ):
        axes.plot(places, [row[key] for row in rows], "o-", color=colour, label=label)
    axes.legend(frameon=False)
    axes.set_ylabel("total loss")


def _show_axis(axes: Axes, name: str, values: Sequence[Any]) -> None:
    """Label the axis, and make it logarithmic if numbers span more than a decade."""
    positive = [v for v in values if isinstance(v, int | float) and v > 0]
    wide = positive and max(positive) >= 10 * min(positive)
    if wide and min(values) > 0:
        axes.set_xscale("log")
    elif wide and min(values) == 0:
        # 0 is then half a decade below the least of the others.
        axes.set_xscale("symlog", linthresh=min(positive), linscale=0.45)
    axes.set_xlabel(name)


def _floor(accuracies: Sequence[float]) -> float:
    """The least accuracy that is shown: some far below would hide the others."""
    best, middle = max(accuracies), float(np.median(accuracies))
    return max(min(accuracies), best - 3 * (best - middle))
