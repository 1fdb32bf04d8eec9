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
    features: Any, labels: Any, class_names: Sequence[str], points: Any = None
) -> Figure:
    """Features (N, 2) by class, class means as crosses (POD Fig 6).

    Points are class vectors (k, 2), such as centroids or prototypes, as rings.
    """
    figure = Figure(figsize=(6.2, 5), layout="constrained")
    _on_axes(figure.subplots(), features, labels, class_names, points)
    # Beside the axes: there is no corner that features may not lie in.
    figure.legend(loc="outside right upper", frameon=False, fontsize="small")
    return figure


def panels(shown: Mapping[str, tuple[Any, Any, Any]]) -> Figure:
    """Features, labels and class vectors side by side, by title (RBF Fig 1)."""
    columns = min(len(shown), 4)
    rows = math.ceil(len(shown) / columns)
    figure = Figure(figsize=(3.2 * columns, 3.4 * rows), layout="constrained")
    every = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (title, (x, y, points)) in zip(every, shown.items(), strict=False):
        _on_axes(axes, x, y, range(max(y) + 1), points)
        axes.set_title(title)
    for axes in every[len(shown) :]:
        axes.remove()
    return figure


def _on_axes(
    axes: Axes, x: np.ndarray, y: np.ndarray, class_names: Sequence[Any], points: Any
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
        rings = {"color": "black", "markersize": 11, "markerfacecolor": "none"}
        axes.plot(*points.T, "o", label="class vector", **rings)
    axes.set_aspect("equal")
    axes.grid(alpha=0.3)
