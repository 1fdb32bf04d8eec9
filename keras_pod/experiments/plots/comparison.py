"""The picture of a comparison: accuracy over the epochs, and at the end."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from keras_pod.experiments.plots.style import look


def comparison_curves(rows: Sequence[Any], title: str) -> Figure:
    """Accuracy over the epochs (as the POD paper's Fig 4), and of the last epoch.

    Args:
        rows: of `keras_pod.experiments.compare.comparison.rows`; those without a
            result are left out.
        title: what was compared.
    """
    rows = [row for row in rows if row.curves]
    figure = Figure(figsize=(14.5, 4.8), layout="constrained")
    figure.suptitle(title)
    whole, late, last = figure.subplots(1, 3, width_ratios=(1, 1, 0.9))
    names = sorted(row.method for row in rows)
    looks = {name: look(i) for i, name in enumerate(names)}
    for row in rows:
        mean = [100 * sum(v) / len(v) for v in zip(*row.curves, strict=True)]
        epochs = range(1, len(mean) + 1)
        whole.plot(epochs, mean, label=row.method, **looks[row.method])
        late.plot(epochs, mean, **looks[row.method])
    _zoom(late, rows)
    for axes, name in ((whole, "all epochs"), (late, "the last third")):
        axes.set(title=name, xlabel="epoch", ylabel="accuracy, %")
        axes.grid(alpha=0.3)
    # Beside the axes: curves go everywhere in them.
    figure.legend(loc="outside left center", frameon=False, fontsize=8)
    _dots(last, rows, looks)
    return figure


def _zoom(axes: Any, rows: Sequence[Any]) -> None:
    epochs = max(len(curve) for row in rows for curve in row.curves)
    first = epochs - max(1, epochs // 3)
    means = [
        100 * sum(v) / len(v)
        for row in rows
        for v in list(zip(*row.curves, strict=True))[first:]
    ]
    # A method far below the others must not squeeze them together.
    means.sort()
    low = means[len(means) // 20]
    room = 0.1 * (means[-1] - low) + 0.05
    axes.set_xlim(first, epochs)
    axes.set_ylim(low - room, means[-1] + room)


def _dots(axes: Any, rows: Sequence[Any], looks: dict[str, dict]) -> None:
    """Every seed's last accuracy as a dot, their mean as a line."""
    for place, row in enumerate(reversed(rows)):
        values = [100 * curve[-1] for curve in row.curves]
        colour = looks[row.method]["color"]
        axes.plot(values, [place] * len(values), "o", color=colour, alpha=0.6)
        axes.plot(100 * row.last, place, "|", color=colour, markersize=16)
    axes.set_yticks(range(len(rows)), [row.method for row in reversed(rows)])
    axes.set(title="last epoch, each seed", xlabel="accuracy, %")
    axes.grid(alpha=0.3, axis="x")
