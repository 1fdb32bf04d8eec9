"""The picture of a comparison: accuracy over the epochs, and at the end."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from keras_pod.experiments.plots.style import empty, look


def comparison_curves(rows: Sequence[Any], title: str) -> Figure:
    """Accuracy over the epochs (as the POD paper's Fig 4), and of the last epoch.

    Rows are those of `keras_pod.experiments.compare.comparison`; a row without a result
    is left out.
    """
    rows = [row for row in rows if row.curves]
    figure, (whole, late, last) = empty(3, (14.5, 4.8), title)
    names = sorted(row.method for row in rows)
    looks = {name: look(i) for i, name in enumerate(names)}
    means = {row.method: 100 * np.mean(row.curves, axis=0) for row in rows}
    for name, mean in means.items():
        epochs = range(1, len(mean) + 1)
        whole.plot(epochs, mean, label=name, **looks[name])
        late.plot(epochs, mean, **looks[name])
    for axes, part in ((whole, "all epochs"), (late, "the last third")):
        axes.set(title=part, xlabel="epoch", ylabel="accuracy, %")
        axes.locator_params("x", integer=True)
    _zoom(late, list(means.values()))
    # Beside the axes: curves go everywhere in them.
    figure.legend(loc="outside left center", frameon=False, fontsize=8)
    _dots(last, rows, looks)
    return figure


def _zoom(axes: Any, means: list[np.ndarray]) -> None:
    epochs = max(map(len, means))
    first = epochs - max(1, epochs // 3)
    shown = np.sort(np.concatenate([mean[first:] for mean in means]))
    # A method far below the others must not squeeze them together.
    low, high = shown[len(shown) // 20], shown[-1]
    room = 0.1 * (high - low) + 0.05
    axes.set(xlim=(first, epochs), ylim=(low - room, high + room))


def _dots(axes: Any, rows: Sequence[Any], looks: dict[str, dict]) -> None:
    """Every seed's last accuracy as a dot, their mean as a line."""
    for place, row in enumerate(reversed(rows)):
        values = [100 * curve[-1] for curve in row.curves]
        colour = looks[row.method]["color"]
        axes.plot(values, [place] * len(values), "o", color=colour, alpha=0.6)
        axes.plot(100 * row.last, place, "|", color=colour, markersize=16)
    axes.set_yticks(range(len(rows)), [row.method for row in reversed(rows)])
    axes.set(title="last epoch, each seed", xlabel="accuracy, %")
    axes.grid(visible=False, axis="y")
