"""Features as people see them: the scatters of POD Fig 6 and RBF Fig 1 and 5, norms."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from keras_pod.analysis.inputs import class_means, labels_of, matrix
from keras_pod.core.errors import InputError
from keras_pod.experiments.plots.style import COLOURS, LINES, MARKERS, legend


def scatter(
    features: Any,
    labels: Any,
    class_names: Sequence[str],
    points: Any = None,
    title: str = "",
) -> Figure:
    """Two-dimensional features by class, class means as crosses (POD Fig 6).

    Args:
        features: (N, 2).
        labels: integers (N,).
        class_names: the name of each label.
        points: class vectors (k, 2), such as centroids or prototypes, as rings.
        title: what is shown.

    Raises:
        InputError: features that are not (N, 2), or labels without a name.
    """
    figure = Figure(figsize=(6.2, 5), layout="constrained")
    _draw(figure, features, labels, class_names, points, title)
    return figure


def animate(
    frames: Sequence[Any],
    labels: Any,
    class_names: Sequence[str],
    path: Path,
    points: Sequence[Any] | None = None,
    titles: Sequence[str] | None = None,
    seconds: float = 0.5,
) -> None:
    """The same features epoch by epoch, as an animated GIF.

    Args:
        frames: features (N, 2) of each epoch.
        labels: integers (N,).
        class_names: the name of each label.
        path: the file to write.
        points: class vectors (k, 2) of each epoch.
        titles: of each frame; "epoch 1", ... by default.
        seconds: for which a frame stays.

    Raises:
        InputError: no frame, or one that is not (N, 2).
    """
    if not len(frames):
        raise InputError("`frames` must hold the features of one epoch at least.")
    figure = Figure(figsize=(6.2, 5), layout="constrained")
    # An early epoch may throw features far off; the later ones fill the picture.
    late = [
        np.abs(matrix("frames", rows)).ravel() for rows in frames[len(frames) // 2 :]
    ]
    reach = 1.3 * np.quantile(np.concatenate(late), 0.98) or 1.0

    def show(i: int) -> None:
        figure.clear()
        title = titles[i] if titles else f"epoch {i + 1}"
        own = None if points is None else points[i]
        _draw(figure, frames[i], labels, class_names, own, title)
        # The same scale in all frames, so that growth is seen.
        figure.axes[0].set(xlim=(-reach, reach), ylim=(-reach, reach))

    movie = FuncAnimation(figure, show, frames=len(frames))
    movie.save(path, writer=PillowWriter(fps=1 / seconds), dpi=80)


def _draw(
    figure: Figure,
    features: Any,
    labels: Any,
    class_names: Sequence[str],
    points: Any,
    title: str,
) -> None:
    x = matrix("features", features)
    if x.shape[1] != 2:
        raise InputError(f"`features` must be of shape (N, 2), got {x.shape}.")
    y = labels_of(labels, len(x), len(class_names))
    _on_axes(figure.subplots(), x, y, class_names, points, title)
    # Beside the axes: there is no corner that features may not lie in.
    figure.legend(loc="outside right upper", frameon=False, fontsize="small")


def panels(shown: Mapping[str, tuple[Any, Any, Any]]) -> Figure:
    """Two-dimensional features of several models side by side (POD Fig 6, RBF Fig 1).

    Args:
        shown: by title, features (N, 2), labels (N,) and class vectors (k, 2) or None.
    """
    columns = min(len(shown), 4)
    rows = math.ceil(len(shown) / columns)
    size = 3.2 * columns, 3.4 * rows
    figure = Figure(figsize=size, layout="constrained")
    every = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (title, (x, y, points)) in zip(every, shown.items(), strict=False):
        _on_axes(axes, matrix("features", x), y, range(max(y) + 1), points, title)
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
        axes.plot(*matrix("points", points).T, "o", label="class vector", **rings)
    axes.set(title=title, aspect="equal")
    axes.grid(alpha=0.3)


def norm_histogram(norms: dict[str, Any], title: str = "") -> Figure:
    """Draw the distribution of the feature norms of several models.

    Args:
        norms: by name, the norms (N,).
        title: what is shown.
    """
    return _histogram(norms, "feature norm", title)


def logit_histogram(scores: dict[str, Any], title: str = "") -> Figure:
    """Draw the distribution of the scores of several models (SBN Fig 2).

    Args:
        scores: by name, (N, k).
        title: what is shown.
    """
    flat = {name: np.ravel(values) for name, values in scores.items()}
    return _histogram(flat, "score", title)


def angle_histogram(angles: dict[str, Any], title: str = "") -> Figure:
    """Draw the angles of features to the mean of their class, for several models.

    Args:
        angles: by name, degrees (N,).
        title: what is shown.
    """
    return _histogram(angles, "degrees to the class mean", title)


def _histogram(values: dict[str, Any], what: str, title: str) -> Figure:
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    every = np.concatenate([np.asarray(v, float) for v in values.values()])
    # Few samples take fewer bins.
    bins = int(np.clip(np.sqrt(min(map(len, values.values()))), 20, 80))
    edges = np.linspace(every.min(), every.max(), bins + 1)
    for i, (name, own) in enumerate(values.items()):
        counts, _ = np.histogram(own, edges)
        axes.stairs(
            counts / len(own),
            edges,
            color=COLOURS[i % len(COLOURS)],
            linestyle=LINES[i % len(LINES)],
            linewidth=1.6,
            label=name,
        )
    axes.set(title=title, xlabel=what, ylabel="share")
    axes.grid(alpha=0.3)
    legend(figure)
    return figure


def weight_norms(weights: dict[str, Any], most: int = 10, title: str = "") -> Figure:
    """The length of class vectors of several models, side by side (SBN Fig 3).

    Args:
        weights: by name, the class vectors (k, n).
        most: the first so many classes.
        title: what is shown.
    """
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    width = 0.8 / len(weights)
    for i, (name, own) in enumerate(weights.items()):
        norms = np.linalg.norm(matrix(name, own), axis=1)[:most]
        places = np.arange(len(norms)) + (i - (len(weights) - 1) / 2) * width
        axes.bar(places, norms, width, color=COLOURS[i % len(COLOURS)], label=name)
    axes.set(title=title, xlabel="class", ylabel="length of its vector")
    axes.set_xticks(range(min(most, max(map(len, weights.values())))))
    legend(figure)
    return figure
