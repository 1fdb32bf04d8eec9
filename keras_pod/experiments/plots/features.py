"""Two-dimensional features as people see them: POD Fig 6, RBF Fig 1 and 5."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from keras_pod.analysis.inputs import class_means
from keras_pod.experiments.plots.style import COLOURS, MARKERS

_SIZE = (6.2, 5)


def scatter(
    features: Any,
    labels: Any,
    class_names: Sequence[str],
    points: Any = None,
    title: str = "",
    figure: Figure | None = None,
) -> Figure:
    """Features (N, 2) by class, class means as crosses (POD Fig 6).

    Points are class vectors (k, 2), such as centroids or prototypes, as rings.
    """
    figure = figure or Figure(figsize=_SIZE, layout="constrained")
    _on_axes(figure.subplots(), features, labels, class_names, points, title)
    # Beside the axes: there is no corner that features may not lie in.
    figure.legend(loc="outside right upper", frameon=False, fontsize="small")
    return figure


def animate(
    frames: Sequence[Any],
    labels: Any,
    class_names: Sequence[str],
    path: Path,
    points: Sequence[Any],
    titles: Sequence[str],
    seconds: float,
) -> None:
    """The features of each epoch, (N, 2), as an animated GIF; see `scatter`."""
    figure = Figure(figsize=_SIZE, layout="constrained")
    # An early epoch may throw features far off; the later ones fill the picture.
    late = [np.abs(rows).ravel() for rows in frames[len(frames) // 2 :]]
    reach = 1.3 * np.quantile(np.concatenate(late), 0.98) or 1.0

    def show(i: int) -> None:
        figure.clear()
        scatter(frames[i], labels, class_names, points[i], titles[i], figure)
        # The same scale in all frames, so that growth is seen.
        figure.axes[0].set(xlim=(-reach, reach), ylim=(-reach, reach))

    movie = FuncAnimation(figure, show, frames=len(frames))
    movie.save(path, writer=PillowWriter(fps=1 / seconds), dpi=80)


def panels(shown: Mapping[str, tuple[Any, Any, Any]]) -> Figure:
    """Features, labels and class vectors side by side, by title (RBF Fig 1)."""
    columns = min(len(shown), 4)
    rows = math.ceil(len(shown) / columns)
    figure = Figure(figsize=(3.2 * columns, 3.4 * rows), layout="constrained")
    every = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (title, (x, y, points)) in zip(every, shown.items(), strict=False):
        _on_axes(axes, x, y, range(max(y) + 1), points, title)
    for axes in every[len(shown) :]:
        axes.remove()
    return figure


def _on_axes(
    axes: Axes,
    x: np.ndarray,
    y: np.ndarray,
    class_names: Sequence[Any],
    points: Any,
    title: str,
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
    axes.set(title=title, aspect="equal")
    axes.grid(alpha=0.3)
