"""predict: class and score of image files, with a trained run."""

import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from keras_pod import data as datasets
from keras_pod.experiments.after.trained import deciding_scores, load_trained

NONE = "none of these"


def predict(
    folder: str | os.PathLike, paths: Sequence[str | os.PathLike]
) -> list[dict[str, Any]]:
    """Classifies image files by the largest score (eq 21-24 of the POD paper).

    Args:
        folder: the run's folder.
        paths: image files, or folders of them.

    Returns:
        for each image: path, class, its score (`cosine` with a head of cosines, else
        `probability`), and the feature norm. After `calibrate` also its calibrated
        `probability`; and with a threshold `known`: where it is False the class is
        "none of these", and `nearest` the class it would have been.

    Raises:
        InputError: no finished run, or an image that cannot be read.
    """
    run = load_trained(folder)
    files = datasets.list_images(paths)
    out = run.predict_files(files)
    scores = {run.score_name: run.scores(out)}
    if "probabilities" in out:
        scores["probability"] = out["probabilities"]
    classes = deciding_scores(out).argmax(axis=1)
    rows = []
    for i, path in enumerate(files):
        name = run.data["class_names"][classes[i]]
        row = {"path": str(path), "class": name}
        row |= {kind: float(values[i, classes[i]]) for kind, values in scores.items()}
        row["feature_norm"] = float(np.linalg.norm(out["features"][i]))
        if "known" in out:
            known = bool(out["known"][i])
            row |= {"class": name if known else NONE, "known": known, "nearest": name}
        rows.append(row)
    return rows


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
            *(f"{v:.4f}" if isinstance(v, float) else str(v) for v in row.values())
        )
    Console().print(table)
