"""A trained run, loaded again."""

import dataclasses
import os
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_pod.classifier import Classifier
from keras_pod.core.errors import InputError
from keras_pod.data import read_image
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.layers import PEDCC

# What Keras raises depends on where a file is damaged.
_DAMAGED = (ValueError, TypeError, LookupError, AttributeError, OSError, EOFError)
_DAMAGED += (RuntimeError, zipfile.BadZipFile, zlib.error)

# Image files read at once.
_FILES = 512


@dataclasses.dataclass(frozen=True)
class Trained:
    """A run's model with what it was trained on.

    Args:
        model: the classifier; takes raw pixels, 0..255.
        settings: the run's settings.
        data: the description of its data: class_names, image_shape and so on.
        extended_by: the data of the classes that `extend` gave it, if it did.
    """

    model: Classifier
    settings: dict[str, Any]
    data: dict[str, Any]
    extended_by: str | None = None

    @property
    def score_name(self) -> str:
        """What `scores` are: cosines to the class vectors, or probabilities."""
        return "cosine" if _compares_angles(self.model.head) else "probability"

    def predict_files(self, files: Sequence[Path]) -> dict[str, np.ndarray]:
        """The model's outputs for image files, some of them in memory at a time.

        Raises:
            InputError: an image that cannot be read.
        """
        shape = tuple(self.data["image_shape"])
        side = self.data.get("test_short_side")
        parts = []
        for start in range(0, len(files), _FILES):
            images = [
                read_image(path, shape, side) for path in files[start : start + _FILES]
            ]
            parts.append(self.model.predict(np.stack(images), verbose=0))
        return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}

    def scores(self, out: dict[str, Any]) -> Any:
        """How sure of each class, (N, k), from what `model.predict` gave."""
        return keras.ops.convert_to_numpy(class_scores(self.model, out))


def class_scores(model: Classifier, out: dict[str, Any]) -> Any:
    """How sure of each class, a tensor (N, k), from the model's outputs."""
    if isinstance(model.head, PEDCC):
        return model.head.cosines(out["features"])
    if _compares_angles(model.head):
        # The loss scales them before its softmax, a model does not.
        return out["logits"]
    if "probabilities" in out:
        # Calibrated.
        return out["probabilities"]
    return keras.ops.softmax(out["logits"])


def deciding_scores(out: dict[str, Any]) -> Any:
    """The scores (N, k) of which the largest is the class that people are told.

    A bias of the classes, fitted by `calibrate`, may change which it is.
    """
    return out.get("probabilities", out["logits"])


def _compares_angles(head: keras.layers.Layer | None) -> bool:
    return isinstance(head, PEDCC) or getattr(head, "gives_cosines", False)


def load_trained(folder: str | os.PathLike) -> Trained:
    """Loads a finished run.

    Raises:
        InputError: the folder holds no finished run, or its model is damaged.
    """
    files = RunFolder(folder)
    run = files.read_json()
    if run is None or not files.model.exists():
        state = "is not a run's folder" if run is None else "is not finished"
        raise InputError(
            f"{files.path} {state}: it needs run.json and model.keras, which "
            "`keras-pod train --out` writes."
        )
    extended_by = run.get("extended", {}).get("data")
    return Trained(_model(files.model), run["settings"], run["data"], extended_by)


def _model(path: Path) -> Classifier:
    try:
        model = keras.models.load_model(path)
    except _DAMAGED as error:
        raise InputError(
            f"{path} cannot be loaded ({error}); copy it again, or train again into "
            "another folder."
        ) from error
    if not isinstance(model, Classifier):
        raise InputError(
            f"{path} holds a {type(model).__name__}, not the keras_pod.Classifier that "
            "`keras-pod train` writes."
        )
    return model
