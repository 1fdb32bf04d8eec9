"""predict: class and score of image files, with a trained run."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track

from keras_pod import data as datasets
from keras_pod.core.errors import InputError
from keras_pod.core.printable import printable
from keras_pod.experiments.after.trained import (
    FILES_AT_ONCE,
    Trained,
    deciding_scores,
    load_trained,
    threshold_scores,
)
from keras_pod.experiments.run.console import show_answer

NONE = "none of these"


def predict(
    folder: str | os.PathLike, paths: Sequence[str | os.PathLike]
) -> list[dict[str, Any]]:
    """Classify image files, or folders of them, by the largest score (POD eq 21-24).

    Returns:
        for each image: path, class, its score (`cosine` with a head of cosines, else
        `probability`), and the feature norm. After `calibrate` also its calibrated
        `probability`; and with a threshold `known`: where it is False the class is
        "none of these", and `nearest` the class it would have been; `known_score` is
        what the threshold is on. For a file that cannot be read: path and `error`.
    """
    run = load_trained(folder)
    files = datasets.list_images(paths)
    console = Console(stderr=True)
    starts = track(
        range(0, len(files), FILES_AT_ONCE),
        "predicting",
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    return [row for at in starts for row in _rows(run, files[at : at + FILES_AT_ONCE])]


def _rows(run: Trained, files: Sequence[Path]) -> list[dict[str, Any]]:
    rows, images = [{"path": str(path)} for path in files], {}
    for i, path in enumerate(files):
        try:
            images[i] = run.read(path)
        except InputError as error:
            rows[i]["error"] = str(error)
    if images:
        out = run.model.predict(np.stack([*images.values()]), verbose=0)
        for i, found in zip(images, _answers(run, out), strict=True):
            rows[i] |= found
    return rows


def _answers(run: Trained, out: dict[str, np.ndarray]) -> Iterator[dict[str, Any]]:
    """The class, the scores and the feature norm of each image."""
    scores = {run.score_name: run.scores(out)}
    if "probabilities" in out:
        scores["probability"] = out["probabilities"]
    known_score = threshold_scores(run.model, out) if "known" in out else None
    for i, best in enumerate(deciding_scores(out).argmax(axis=1)):
        name = run.data["class_names"][best]
        known = bool(out["known"][i]) if "known" in out else True
        answer = {"class": name if known else NONE}
        answer |= {kind: float(values[i, best]) for kind, values in scores.items()}
        answer["feature_norm"] = float(np.linalg.norm(out["features"][i]))
        if known_score is not None:
            answer |= {"known": known, "known_score": float(known_score[i])}
            answer["nearest"] = name
        yield answer


def show(predictions: list[dict[str, Any]]) -> None:
    """Print what `predict` returned, but for the files that cannot be read."""
    good = [row for row in predictions if "error" not in row]
    if good:
        # A terminal has little room, and the class says whether it is known.
        names = [name for name in good[0] if name != "known"]
        columns = [name.replace("_", "\n") for name in names]
        show_answer(None, columns, [[_cell(row[n]) for n in names] for row in good])


def _cell(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, float) else printable(str(value))
