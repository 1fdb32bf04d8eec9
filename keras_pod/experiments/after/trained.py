"""A trained run, loaded again."""

import dataclasses
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_pod.classifier import Classifier
from keras_pod.core.errors import InputError
from keras_pod.data import read_image
from keras_pod.experiments.run.json_files import check_shape, read_json
from keras_pod.experiments.run.run_folder import RUN, RunFolder
from keras_pod.experiments.run.run_json import data_now
from keras_pod.experiments.run.settings import Settings, with_defaults
from keras_pod.layers import Head

_LOADED = {
    "settings": {"data": str},
    "data": {"class_names": [str], "image_shape": [int]},
}

# Image files that are in memory at a time.
FILES_AT_ONCE = 512
# Images that are compared with their threshold at once.
_BATCH = 128


@dataclasses.dataclass(frozen=True)
class Trained:
    """A run's model, which takes raw pixels, 0..255, with what it was trained on.

    The description of its `data` has class_names, image_shape and so on. It is
    `extended_by` the data of the classes that `extend` gave it, if it did.
    """

    model: Classifier
    settings: dict[str, Any]
    data: dict[str, Any]
    extended_by: str | None = None

    @property
    def score_name(self) -> str:
        """The kind of `scores`: cosines to the class vectors, or probabilities."""
        return "cosine" if _compares_angles(self.model.head) else "probability"

    def scores(self, out: dict[str, Any]) -> np.ndarray:
        """The score of each class, (N, k), from what `model.predict` gave."""
        return keras.ops.convert_to_numpy(class_scores(self.model, out))

    def read(self, path: Path) -> np.ndarray:
        """An image file as the model takes it; InputError if it cannot be read."""
        side = self.data.get("test_short_side")
        return read_image(path, tuple(self.data["image_shape"]), side)

    def predict_files(
        self, files: Sequence[Path], read: Callable[[Path], np.ndarray] | None = None
    ) -> dict[str, np.ndarray]:
        """The model's outputs for image files; InputError if one cannot be read.

        `read` stands in for the method of that name.
        """
        read, starts = read or self.read, range(0, len(files), FILES_AT_ONCE)
        batches = ([*map(read, files[i : i + FILES_AT_ONCE])] for i in starts)
        return joined([self.model.predict(np.stack(x), verbose=0) for x in batches])


def joined(parts: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The outputs of all batches as those of one."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def class_scores(model: Classifier, out: dict[str, Any]) -> Any:
    """A cosine or probability of each class, a tensor (N, k), from the outputs."""
    if model.head and model.head.fixed:
        return model.head.cosines(out["features"])
    if _compares_angles(model.head):
        # The loss scales them before its softmax, a model does not.
        return out["logits"]
    if "probabilities" in out:
        # A calibrated model has them itself.
        return out["probabilities"]
    return keras.ops.softmax(out["logits"])


def threshold_scores(model: Classifier, out: dict[str, np.ndarray]) -> np.ndarray:
    """The scores (N,) that the model's threshold is on, some at a time."""
    layer, (x, z) = model.get_layer("known"), (out["features"], out["logits"])
    starts = range(0, len(z), _BATCH)
    parts = [layer.scores(x[i : i + _BATCH], z[i : i + _BATCH]) for i in starts]
    return np.concatenate([keras.ops.convert_to_numpy(found) for found in parts])


def deciding_scores(out: dict[str, Any]) -> Any:
    """The scores (N, k) of which the largest is the class that people are told.

    A `Calibration` with a bias of the classes may change which it is.
    """
    return out.get("probabilities", out["logits"])


def _compares_angles(head: Head | None) -> bool:
    return bool(head and (head.fixed or head.gives_cosines))


def load_trained(
    folder: str | os.PathLike, data: str | os.PathLike | None = None
) -> Trained:
    """Load a finished run; InputError if there is none, or its model is damaged.

    `data` says where the run's data are, if they are neither where they were nor where
    they were as seen from the folder.
    """
    files = RunFolder(folder)
    run = files.read_json()
    if run is None or not files.model.exists():
        raise files.unfinished(run, "run.json and model.keras")
    try:
        check_shape(run, _LOADED)
    except ValueError as error:
        raise InputError(f"{files.run} is not a run's JSON file: {error}") from error
    extended_by = run.get("extended", {}).get("data")
    settings = with_defaults(run["settings"]) | {"data": data_now(run, files, data)}
    return Trained(_model(files.model), settings, run["data"], extended_by)


def settings_of(run: str | os.PathLike) -> dict[str, Any]:
    """The settings of a run, its folder or run.json, for another one."""
    path = Path(run) / "run.json" if Path(run).is_dir() else Path(run)
    if not path.exists():
        raise InputError(f"--config {run}: {path} does not exist.")
    content = read_json(path, RUN, "a run's JSON file")
    settings = with_defaults(content["settings"])
    if unknown := settings.keys() - vars(Settings()).keys():
        raise InputError(f"--config {run}: unknown settings {', '.join(unknown)}.")
    return settings | {"data": data_now(content, RunFolder(path.parent), None)}


def _model(path: Path) -> Classifier:
    try:
        model = keras.models.load_model(path)
    except Exception as error:  # It depends on where a file is damaged.
        cure = "copy it again, or train again into another folder"
        if "Could not locate" in str(error):
            cure = "import what registers that, and in Python call "
            cure += 'keras_pod.experiments.cli.main.main(["evaluate", ...])'
        raise InputError(f"{path} cannot be loaded ({error}); {cure}.") from error
    if not isinstance(model, Classifier):
        raise InputError(
            f"{path} holds a {type(model).__name__}, not the keras_pod.Classifier that "
            "`keras-pod train` writes."
        )
    return model
