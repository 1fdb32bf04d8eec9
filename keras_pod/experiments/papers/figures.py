"""The papers' figures that take runs, drawn when these have ended."""

from collections.abc import Sequence
from pathlib import Path

import keras
from matplotlib.figure import Figure

from keras_pod.core.disk import write_whole
from keras_pod.experiments.after.run_images import trained_on
from keras_pod.experiments.after.trained import load_trained
from keras_pod.experiments.compare.results import folder_of
from keras_pod.experiments.papers.our_numbers import Line, seeded
from keras_pod.experiments.papers.recipes import PaperTable
from keras_pod.experiments.plots.features import panels
from keras_pod.experiments.plots.runs import over_lambda
from keras_pod.experiments.report.measurements import class_vectors
from keras_pod.experiments.run.measures import predicted

# Dots of more images hide each other.
MOST_IMAGES = 1000


def draw(table: PaperTable, lines: Sequence[Line], folder: Path) -> Path | None:
    """Draw what has been run of a table as a PNG in the folder; None for no run."""
    made = [line for line in lines if line.ours is not None]
    by_lambda = table.figure == "lambda"
    figure = _lambda(made) if by_lambda else _features(table, made, folder)
    if figure is None:
        return None
    path = folder / f"{table.name}.png"
    write_whole(path, lambda beside: figure.savefig(beside, dpi=120))
    return path


def _lambda(lines: Sequence[Line]) -> Figure | None:
    """POD Fig 5: what training ends with, by lambda, a panel for each number."""
    values: dict[str, dict[str, dict[float, float]]] = {}
    for line in lines:
        data, number = line.column.rsplit(", ", 1)
        curves = values.setdefault(number, {}).setdefault(data, {})
        curves[float(line.row.removeprefix("lambda = "))] = line.ours
    return over_lambda(values) if values else None


def _features(table: PaperTable, lines: Sequence[Line], folder: Path) -> Figure | None:
    """POD Fig 6, RBF Fig 1 and 5: the features of the runs with seed 0."""
    accuracy = {line.row: line.ours for line in lines if line.best is not None}
    shown = {}
    # All numbers of a row are of the same runs.
    for row, cell in {cell.row: cell for cell in table.cells}.items():
        run = folder_of(folder, seeded(cell, 0), keras.backend.backend())
        if row in accuracy and run.model.exists():
            trained = load_trained(run.path)
            out, labels = predicted(trained.model, trained_on(trained).test)
            head = trained.model.get_layer("logits")
            shown[f"{row}: {accuracy[row]:.2f} %"] = (
                out["features"][:MOST_IMAGES],
                labels[:MOST_IMAGES],
                class_vectors(head, out["logits"].shape[1], dim=2),
            )
    return panels(shown) if shown else None
