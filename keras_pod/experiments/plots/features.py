"""Two-dimensional features as people see them: POD Fig 6, RBF Fig 1 and 5."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from keras_pod.analysis.inputs import class_means
from keras_pod.experiments.plots.style import COLOURS, MARKERS


def scatter(
    shown: Mapping[str, tuple[Any, Any, Any]], class_names: Sequence[str]
) -> Figure:
    """Features by class side by side, class means as crosses.

    By title features (N, 2), labels (N,), and class vectors (k, 2), such as centroids
    or prototypes, as rings; None for none.
    """
    columns = min(len(shown), 4)
    rows = math.ceil(len(shown) / columns)
    side = 5.0 if len(shown) == 1 else 3.3
    figure = Figure(figsize=(side * columns + 1.2, side * rows), layout="constrained")
    for i, (title, given) in enumerate(shown.items(), 1):
        axes = figure.add_subplot(rows, columns, i, title=title)
        _on_axes(axes, *given, class_names)
    lines = {str(line.get_label()): line for axes in figure.axes for line in axes.lines}
    # Beside the axes: there is no corner that features may not lie in.
    small = {"frameon": False, "fontsize": "small"}
    figure.legend(lines.values(), lines.keys(), loc="outside right upper", **small)
    return figure


def _on_axes(
    axes: Axes, x: np.ndarray, y: np.ndarray, points: Any, class_names: Sequence[str]
) -> None:
    for c in np.unique(y):
        axes.plot(
            *x[y == c].T,
            # No two of many classes have the same colour and the same mark.
            MARKERS[(c + c // len(COLOURS)) % len(MARKERS)],
            color=COLOURS[c % len(COLOURS)],
            markersize=3,
            alpha=0.4,
            label=class_names[c],
        )
    means, _ = class_means(x, y)
    axes.plot(*means.T, "x", color="black", markersize=9, label="class mean")
    if points is not None:
        [rings] = axes.plot(*points.T, "o", color="black", label="class vector")
        rings.set(markersize=11, markerfacecolor="none")
    axes.set_aspect("equal")
    axes.grid(alpha=0.3)
