"""The picture a run ends with: accuracy, loss, norms and delta over the epochs."""

from typing import Any

from matplotlib.figure import Figure

from keras_pod.experiments.plots.style import BLUE, ORANGE, empty


def training_curves(rows: list[dict[str, Any]], title: str, held_out: str) -> Figure:
    """Accuracy, loss, and feature norm with delta, by the rows of history.csv.

    Images besides the training images are `held_out`: "test" or "validation".
    """
    figure, every = empty(3, (12, 3.8), title, xlabel="epoch")
    first, second = (BLUE, "o--"), (ORANGE, "o-")
    panels = {
        "accuracy": (("accuracy", "training"), ("val_accuracy", held_out)),
        "loss": (("loss", "training"), ("val_loss", held_out)),
        "norm": (("feature_norm", "mean feature norm M"), ("delta", "delta")),
    }
    for axes, (ylabel, lines) in zip(every, panels.items(), strict=True):
        for (name, label), (colour, style) in zip(lines, (first, second), strict=True):
            # A validation need not come after every epoch.
            found = {r["epoch"]: r[name] for r in rows if r[name] is not None}
            points = list(found), list(found.values())
            axes.plot(*points, style, color=colour, label=label, markersize=3)
        axes.set_ylabel(ylabel)
        axes.legend(frameon=False)
    return figure
