"""extend: new classes for a trained run, from a few images of each."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from keras_pod import data as datasets
from keras_pod import evaluation
from keras_pod.classifier import Classifier
from keras_pod.core.checks import integer
from keras_pod.core.disk import check_folder
from keras_pod.core.errors import InputError
from keras_pod.experiments.after import run_images
from keras_pod.experiments.after.trained import Trained, load_trained
from keras_pod.experiments.run.console import show_answer
from keras_pod.experiments.run.measures import predicted
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.run_json import place_of_data


def extend(
    folder: str | os.PathLike,
    data: str,
    out: str | os.PathLike,
    images: int | None = None,
) -> dict[str, Any]:
    """Add the classes of `data` that a run does not have, by `evaluation.extended`.

    The run's own training images say what must stay. Its test images and those of
    `data`, of which a fifth is held out where it has none, measure how well that went.
    The arguments are those of `keras-pod extend`; the new run is written to `out`.

    Returns:
        data, `images` by new class, the accuracy of the old classes `old_before` and
        `old_after`, that of the `new`, and of all test images together (`all`).
    """
    if images is not None:
        integer("--images", images, 1)
    check_folder(Path(out))
    run, files = load_trained(folder), RunFolder(out)
    if "extended" in (RunFolder(folder).read_json() or {}):
        raise InputError(
            f"{folder} is extended already; extend the run that it was made from with "
            "all new classes at once."
        )
    described = {"run": os.fspath(folder), "data": data, "images": images}
    had = files.read_json()
    # The same extension may be made again.
    if had is not None and not described.items() <= had.get("extended", {}).items():
        raise InputError(f"{files.path} holds another run; choose another --out.")
    others, names = run_images.load_others(run, data)
    x, y = _few(run, others, names, images)
    first = len(run.data["class_names"])
    old = run_images.trained_on(run).train_in_order
    model = evaluation.extended(run.model, old, x, y + first)
    test = run_images.load_images(run, run.settings["data"]).test
    new = run_images.of_classes(run, others, others.test, names)
    measured = {
        "data": data,
        "images": {name: int((y == i).sum()) for i, name in enumerate(names)},
        **_accuracies(run, model, test, new),
    }
    files.write_model(model)
    content = RunFolder(folder).content()
    content["data"]["class_names"] = [*run.data["class_names"], *names]
    content["data"] |= place_of_data(run.settings["data"], files.path)
    content["extended"] = described | {"measured": measured}
    # It was of the old classes.
    content.pop("calibration", None)
    files.write_json(content)
    return measured


def _few(
    run: Trained, others: datasets.ImageSet, names: list[str], most: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """The first images of each new class, and their labels from 0 on."""
    counts = np.zeros(len(names), int)
    found, labels = [], []
    for batch in run_images.of_classes(run, others, others.train_in_order, names):
        for image, label in zip(*batch, strict=True):
            if most is None or counts[label] < most:
                counts[label] += 1
                found.append(image)
                labels.append(label)
        if most is not None and counts.min() == most:
            break
    if not counts.all():
        raise InputError(f"class '{names[counts.argmin()]}' has no training image.")
    return np.stack(found), np.array(labels)


def _accuracies(
    run: Trained, model: Classifier, old: Any, new: Any
) -> dict[str, float | None]:
    before, labels = predicted(run.model, old)
    after, _ = predicted(model, old)
    right = [after["logits"].argmax(axis=1) == labels]
    first = before["logits"].shape[1]
    for x, y in new:
        logits = model.predict(x, verbose=0)["logits"]
        right.append(logits.argmax(axis=1) == y + first)
    return {
        "old_before": float((before["logits"].argmax(axis=1) == labels).mean()),
        "old_after": float(right[0].mean()),
        "new": float(np.concatenate(right[1:]).mean()) if right[1:] else None,
        "all": float(np.concatenate(right).mean()),
    }


def show(measured: dict[str, Any]) -> None:
    """Print what `extend` returned."""
    titles = {
        "old_before": "old classes, before",
        "old_after": "old classes, among all",
        "new": "new classes, among all",
        "all": "all",
    }
    rows = [
        (title, "no images" if measured[name] is None else f"{measured[name]:.2%}")
        for name, title in titles.items()
    ]
    counts = ", ".join(f"{name}: {n}" for name, n in measured["images"].items())
    title = f"new classes of {measured['data']}"
    show_answer(title, ["test images", "accuracy"], rows, [f"images used: {counts}"])
