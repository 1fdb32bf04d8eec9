"""evaluate: how well a trained run does, and what its features are good for."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from keras_pod import evaluation
from keras_pod.core.errors import InputError
from keras_pod.core.printable import counted
from keras_pod.data import ImageSet
from keras_pod.experiments.after import evaluate_pairs as pairs
from keras_pod.experiments.after.evaluate_unknown import show_unknown, unknown_classes
from keras_pod.experiments.after.run_images import load_images, trained_on
from keras_pod.experiments.after.trained import Trained, deciding_scores, load_trained
from keras_pod.experiments.run.console import show_answer
from keras_pod.experiments.run.measures import Outputs, gaussian_accuracy, predicted


def evaluate(
    folder: str | os.PathLike,
    data: str | None = None,
    gaussian: bool = False,
    *,
    verification: str | bool = False,
    retrieval: bool = False,
    gallery: str | None = None,
    probe: str | None = None,
    unknown: str | None = None,
) -> dict[str, Any]:
    """Measure a run on the test images of its data, or of other data.

    Args:
        folder: the run's folder.
        data: a name or path for `keras_pod.data.load`; the run's own by default. It
            is also taken for the run's own where these are no longer where they were.
        gaussian: whether to classify the features by Gaussians as well, which are
            fitted to the images that the run was trained on.
        verification: True for all pairs of the images, or a CSV file of pairs, as
            `evaluate_pairs.read_pairs` reads it. Writes roc.png in the run's folder.
        retrieval: whether each image finds others of its class.
        gallery: a folder with one folder of images per class, of any classes, for
            verification and retrieval instead of the test images.
        probe: another such folder, whose images are compared with the gallery's;
            without it every two images of the gallery are.
        unknown: images of other classes, as `evaluate_unknown.unknown_classes` takes
            them, to be told from the test images.

    Returns:
        data, images, accuracy, loss, the mean score of the true class (a cosine or
        a probability), the mean feature norm, and accuracy by class; of a run with an
        imbalance also that of the head, middle and tail classes; by the name of the
        argument what else was asked for.

    Raises:
        InputError: no finished run, bad data, or data with other classes or image
            shape than the run's; training images that are no longer the run's, or
            too few of a class, for the Gaussians; files or folders that do not hold
            what they should.
    """
    if probe and not gallery:
        raise InputError("--probe is compared with a gallery: give --gallery too.")
    if gallery and not (verification is True or retrieval):
        raise InputError("--gallery is for --verification without a file, --retrieval.")
    run = load_trained(folder, data)
    images = load_images(run, data or run.settings["data"])
    out, labels = predicted(run.model, images.test)
    features = out["features"]
    result = _accuracy(run, images, out, labels)
    if gaussian:
        own = trained_on(run)
        result["gaussian"] = gaussian_accuracy(run.model, own, features, labels)
    if unknown:
        result["unknown"] = unknown_classes(run, unknown, out)
    compared = [pairs.Labelled(features, labels)]
    if gallery:
        compared = pairs.read_classes(run, *filter(None, (probe, gallery)))
    arrays = [array for part in compared for array in part]
    if verification is True:
        found = evaluation.verify_gallery(*arrays, rates=pairs.RATES)
        result["verification"] = pairs.with_picture(found, Path(folder))
    elif verification:
        found = pairs.verify_pairs(run, Path(verification))
        result["verification"] = pairs.with_picture(found, Path(folder))
    if retrieval:
        result["retrieval"] = evaluation.retrieve(*arrays)._asdict()
    return result


def _accuracy(
    run: Trained, images: ImageSet, out: Outputs, labels: np.ndarray
) -> dict[str, Any]:
    """Measures of any run, from the outputs for the test images."""
    measured = run.model.evaluate(images.test, verbose=0, return_dict=True)
    right = deciding_scores(out).argmax(axis=1) == labels
    result = {
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
    if run.settings.get("imbalance"):
        result["tail"] = by_frequency(result["class_accuracy"], run.data)
    return result


def by_frequency(
    class_accuracy: dict[str, float | None], data: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """The mean accuracy of the classes in thirds, by their number of training images.

    Returns:
        for "head", "middle" and "tail" the accuracy and the smallest and the largest
        number of images that a class of it had; a third without test images is left
        out.

    >>> found = by_frequency(
    ...     {"a": 0.9, "b": 0.7, "c": 0.1},
    ...     {"class_names": ["a", "b", "c"], "class_counts": [50, 5, 500]})
    >>> found["tail"]
    {'accuracy': 0.7, 'images': [5, 5]}
    """
    names, counts = data["class_names"], data["class_counts"]
    # Classes that `extend` added come after those that were counted.
    order = sorted(range(len(counts)), key=lambda i: -counts[i])
    thirds, found = np.array_split(order, 3), {}
    for part, third in zip(("head", "middle", "tail"), thirds, strict=True):
        known = [class_accuracy.get(names[i]) for i in third]
        known = [value for value in known if value is not None]
        if known:
            images = [counts[i] for i in third]
            found[part] = {
                "accuracy": float(np.mean(known)),
                "images": [min(images), max(images)],
            }
    return found


def show(measured: dict[str, Any]) -> None:
    """Print what `evaluate` returned."""
    rows = [
        (name, f"{value:.2%}" if name == "accuracy" else f"{value:.4f}")
        for name, value in measured.items()
        if isinstance(value, float)
    ]
    if found := measured.get("gaussian"):
        name = "accuracy of a Gaussian per class on the features"
        name = f"{name} (shrinkage {found['shrinkage']:g})"
        rows.append((name, f"{found['accuracy']:.2%}"))
    for name, part in measured.get("tail", {}).items():
        few, many = part["images"]
        name = f"accuracy of {name} classes ({few:,} to {many:,} training images)"
        rows.append((name, f"{part['accuracy']:.2%}"))
    for name, value in measured["class_accuracy"].items():
        shown = "no images" if value is None else f"{value:.2%}"
        rows.append((f"accuracy of {name}", shown))
    title = f"{counted(measured['images'], 'test image')} of {measured['data']}"
    show_answer(title, ["measure", "value"], rows)
    parts = {
        "verification": pairs.show_verification,
        "retrieval": pairs.show_retrieval,
        "unknown": show_unknown,
    }
    for name, show_part in parts.items():
        if name in measured:
            show_part(measured[name])
