"""predict: class and score of image files, with a trained run."""

import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from keras_pod import data as datasets
from keras_pod.experiments.trained import load_trained


def predict(
    folder: str | os.PathLike, paths: Sequence[str | os.PathLike]
) -> list[dict[str, Any]]:
    """Classifies image files by the largest score (eq 21-24 of the POD paper).

    Args:
        folder: the run's folder.
        paths: image files, or folders of them.

    Returns:
        for each image: path, class, its score (`cosine` with a `PEDCC` head, else
        `probability`), and the feature norm.

    Raises:
        InputError: no finished run, or an image that cannot be read.
    """
    run = load_trained(folder)
    files = datasets.list_images(paths)
    shape = tuple(run.data["image_shape"])
    side = run.data.get("test_short_side")
    images = np.stack([datasets.read_image(path, shape, side) for path in files])
    out = run.model.predict(images, verbose=0)
    classes = out["logits"].argmax(axis=1)
    scores = run.scores(out)
    return [
        {
            "path": str(path),
            "class": run.data["class_names"][classes[i]],
            run.score_name: float(scores[i, classes[i]]),
            "feature_norm": float(np.linalg.norm(out["features"][i])),
        }
        for i, path in enumerate(files)
    ]


def show(predictions: list[dict[str, Any]], as_json: bool = False) -> None:
    """Prints what `predict` returned."""
    if as_json:
        print(json.dumps(predictions, indent=2))
        return
    table = Table()
    for name in predictions[0]:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in predictions:
        table.add_row(
            *(f"{v:.4f}" if isinstance(v, float) else v for v in row.values())
        )
    Console().print(table)
