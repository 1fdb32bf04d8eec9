"""evaluate: how well a trained run does, class by class."""

import json
import os
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from keras_pod import data as datasets
from keras_pod.analysis import GaussianClassifier, choose_shrinkage
from keras_pod.classifier import Classifier
from keras_pod.errors import InputError
from keras_pod.experiments.trained import Trained, load_trained


def evaluate(
    folder: str | os.PathLike, data: str | None = None, gaussian: bool = False
) -> dict[str, Any]:
    """Measures a run on the test images of its data, or of other data.

    Args:
        folder: the run's folder.
        data: a name or path for `keras_pod.data.load`; the run's own by default.
        gaussian: whether to classify the features by Gaussians as well, which are
            fitted to the images that the run was trained on.

    Returns:
        data, images, accuracy, loss, the mean score of the true class (a cosine or
        a probability), the mean feature norm, and accuracy by class; with `gaussian`
        also what `gaussian_accuracy` gives.

    Raises:
        InputError: no finished run, bad data, or data with other classes or image
            shape than the run's; training images that are no longer the run's, or
            too few of a class, for the Gaussians.
    """
    run = load_trained(folder)
    images = _load(run, data or run.settings["data"])
    measured = run.model.evaluate(images.test, verbose=0, return_dict=True)
    out, labels = predicted(run.model, images.test)
    right = out["logits"].argmax(axis=1) == labels
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
    if gaussian:
        test = out["features"], labels
        result["gaussian"] = gaussian_accuracy(run.model, trained_on(run), test)
    return result


def gaussian_accuracy(
    model: Classifier,
    images: datasets.ImageSet,
    test: tuple[np.ndarray, np.ndarray] | None = None,
) -> dict[str, Any]:
    """How well a Gaussian per class on the features does, as in POD's Table IX.

    The shrinkage is chosen on training images that are held out, by
    `choose_shrinkage`; the Gaussians are then fitted to all training images, not
    augmented.

    Args:
        model: gives the features.
        images: its training images, and the test images.
        test: features (N, n) and labels (N,) to classify instead of the test images.

    Returns:
        accuracy, shrinkage, covariance, and `tried`: the held-out accuracy of each
        shrinkage.

    Raises:
        InputError: a class has fewer than 3 training images, or features that are
            not finite.
    """
    out, y = predicted(model, images.train_in_order)
    x = out["features"]
    if test is None:
        out, labels = predicted(model, images.test)
        test = out["features"], labels
    shrinkage, tried = choose_shrinkage(x, y, images.num_classes)
    gaussians = GaussianClassifier(shrinkage).fit(x, y, images.num_classes)
    return {
        "accuracy": float(np.mean(gaussians.predict(test[0]) == test[1])),
        "shrinkage": shrinkage,
        "covariance": gaussians.covariance,
        "tried": tried,
    }


def predicted(
    model: Classifier, batches: Any
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The outputs and labels (N,) of a data set whose order is always the same."""
    out = model.predict(batches, verbose=0)
    return out, np.concatenate([y for _, y in batches.as_numpy_iterator()])


def _load(run: Trained, data: str, **chosen: Any) -> datasets.ImageSet:
    """Data as the run's model takes them."""
    size = run.settings.get("image_size")
    images = datasets.load(
        data, augment=None, image_size=size and (size, size), **chosen
    )
    _check_same(run.data, images)
    return images


def trained_on(run: Trained) -> datasets.ImageSet:
    """The run's own images, in its own split.

    Raises:
        InputError: they have changed since.
    """
    chosen = {name: run.settings[name] for name in ("validation_split", "limit")}
    images = _load(run, run.settings["data"], **chosen)
    # Files can change after a run; features of other images tell nothing about it.
    same = images.num_train == run.data["num_train"]
    if not same or not np.allclose(images.mean, run.data["mean"]):
        raise InputError(
            f"the training images of '{run.settings['data']}' are not those that the "
            "run was trained on: they have changed since. Bring them back, or train "
            "again."
        )
    return images


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
    if found := measured.get("gaussian"):
        name = "accuracy of a Gaussian per class on the features"
        name = f"{name} (shrinkage {found['shrinkage']:g})"
        table.add_row(name, f"{found['accuracy']:.2%}")
    for name, value in measured["class_accuracy"].items():
        shown = "no images" if value is None else f"{value:.2%}"
        table.add_row(f"accuracy of {name}", shown)
    console.print(table)
