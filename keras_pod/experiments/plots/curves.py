"""The picture a run ends with: accuracy, loss, norms and delta over the epochs."""

from typing import Any

from matplotlib.figure import Figure

from keras_pod.experiments.plots.style import BLUE, ORANGE


def training_curves(rows: list[dict[str, Any]], title: str, held_out: str) -> Figure:
    """Accuracy, loss, and feature norm with delta, against the epoch.

    Args:
        rows: the rows of history.csv.
        title: what was trained.
        held_out: what the images besides the training images are: "test" or
            "validation".
    """
    figure = Figure(figsize=(12, 3.8), layout="constrained")
    figure.suptitle(title)
    accuracy, loss, norm = figure.subplots(1, 3)

    def line(axes: Any, name: str, label: str, colour: str, style: str) -> None:
        # A validation need not come after every epoch.
        points = [(row["epoch"], row[name]) for row in rows if row[name] is not None]
        x, y = zip(*points, strict=True) if points else ((), ())
        axes.plot(x, y, style, color=colour, label=label, markersize=3)

    line(accuracy, "accuracy", "training", BLUE, "o--")
    line(accuracy, "val_accuracy", held_out, ORANGE, "o-")
    line(loss, "loss", "training", BLUE, "o--")
    line(loss, "val_loss", held_out, ORANGE, "o-")
    line(norm, "feature_norm", "mean feature norm M", BLUE, "o-")
    line(norm, "delta", "delta", ORANGE, "o--")
    for axes, name in ((accuracy, "accuracy"), (loss, "loss"), (norm, "norm")):
        axes.set_xlabel("epoch")
        axes.set_ylabel(name)
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    return figure
