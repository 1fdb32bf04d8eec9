"""The papers' figures that take runs, drawn when these have ended."""

from collections.abc import Sequence
from pathlib import Path

import keras
from matplotlib.figure import Figure

from keras_pod.experiments.after.run_images import trained_on
from keras_pod.experiments.after.trained import load_trained
from keras_pod.experiments.compare.results import folder_of
from keras_pod.experiments.papers.our_numbers import Line, seeded
from keras_pod.experiments.papers.recipes import PaperTable
from keras_pod.experiments.plots.features import scatter
from keras_pod.experiments.plots.runs import over_lambda
from keras_pod.experiments.report.measurements import class_vectors
from keras_pod.experiments.run.measures import predicted

# Dots of more images hide each other.
MOST_IMAGES = 1000


def draw(table: PaperTable, lines: Sequence[Line], folder: Path) -> Figure | None:
    """Draw what has been run of a table in a folder; None for no run."""
    made = [line for line in lines if line.values]
    return _lambda(made) if table.figure == "lambda" else _features(made, folder)


def _lambda(lines: Sequence[Line]) -> Figure | None:
    """POD Fig 5: what training ends with, by lambda, a panel for each number."""
    values: dict[str, dict[str, dict[float, float]]] = {}
    for line in lines:
        data, number = line.cell.column.rsplit(", ", 1)
        if line.cell.stand_in:
            data = f"{line.cell.settings.data} for {data}"
        curves = values.setdefault(number, {}).setdefault(data, {})
        if line.ours is not None:
            curves[line.cell.settings.options["lam"]] = line.ours
    return over_lambda(values) if values else None


def _features(lines: Sequence[Line], folder: Path) -> Figure | None:
    """POD Fig 6, RBF Fig 1 and 5: the features of the runs with seed 0."""
    shown, names = {}, []
    for line in (line for line in lines if line.cell.value == "accuracy_last"):
        run = folder_of(folder, seeded(line.cell, 0), keras.backend.backend())
        if run.model.exists():
            trained = load_trained(run.path)
            out, y = predicted(trained.model, trained_on(trained).test)
            x, names = out["features"], trained.data["class_names"]
            head = trained.model.get_layer("logits")
            vectors = class_vectors(head, len(names), dim=2)
            title = f"{line.cell.row}: {line.ours:.2f} %"
            shown[title] = x[:MOST_IMAGES], y[:MOST_IMAGES], vectors
    return scatter(shown, names) if shown else None
