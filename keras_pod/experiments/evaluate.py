"""evaluate: how well a trained run does, class by class."""

import json
import os
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from keras_pod import data as datasets
from keras_pod.errors import InputError
from keras_pod.experiments.trained import load_trained


def evaluate(folder: str | os.PathLike, data: str | None = None) -> dict[str, Any]:
    """Measures a run on the test images of its data, or of other data.

    Args:
        folder: the run's folder.
        data: a name or path for `keras_pod.data.load`; the run's own by default.

    Returns:
        data, images, accuracy, loss, the mean score of the true class (a cosine or
        a probability), the mean feature norm, and accuracy by class.

    Raises:
        InputError: no finished run, bad data, or data with other classes or image
            shape than the run's.
    """
    run = load_trained(folder)
    images = datasets.load(data or run.settings["data"], augment=None)
    _check_same(run.data, images)
    measured = run.model.evaluate(images.test, verbose=0, return_dict=True)
    out = run.model.predict(images.test, verbose=0)
    labels = np.concatenate([y for _, y in images.test.as_numpy_iterator()])
    right = out["logits"].argmax(axis=1) == labels
    return {
        "data": images.name,
        "images": len(labels),
        "accuracy": float(right.mean()),
        "loss": float(measured["loss"]),
        run.score_name: float(run.scores(out)[np.arange(len(labels)), labels].mean()),
        "feature_norm": float(np.linalg.norm(out["features"], axis=1).mean()),
        "class_accuracy": {
            name: float(right[labels == i].mean()) if np.any(labels == i) else None
            for i, name in enumerate(images.class_names)
        },
    }


def _check_same(had: dict[str, Any], images: Any) -> None:
    for name in ("class_names", "image_shape"):
        expected, found = list(had[name]), list(getattr(images, name))
        if expected != found:
            raise InputError(
                f"data '{images.name}' has {name.replace('_', ' ')} {found}, but the "
                f"run was trained with {expected}."
            )


def show(measured: dict[str, Any], as_json: bool = False) -> None:
    """Prints what `evaluate` returned."""
    if as_json:
        print(json.dumps(measured, indent=2))
        return
    console = Console()
    table = Table(title=f"{measured['images']} test images of {measured['data']}")
    table.add_column("measure")
    table.add_column("value", justify="right")
    for name, value in measured.items():
        if isinstance(value, float):
            percent = name == "accuracy"
            table.add_row(name, f"{value:.2%}" if percent else f"{value:.4f}")
    for name, value in measured["class_accuracy"].items():
        shown = "no images" if value is None else f"{value:.2%}"
        table.add_row(f"accuracy of {name}", shown)
    console.print(table)
