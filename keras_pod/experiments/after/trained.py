"""A trained run, loaded again."""

import dataclasses
import os
import zipfile
import zlib
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

# It depends on where a file is damaged which of these Keras raises.
_DAMAGED = (ValueError, TypeError, LookupError, AttributeError, OSError, EOFError)
_DAMAGED += (RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error)

# Image files that are in memory at a time.
FILES_AT_ONCE = 512

# A model file is hardly smaller than what it unpacks to, as Keras does not compress it.
_MOST_UNPACKED = 4
_MOST_TEXT = 2**25


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
        """The kind of `scores`: cosines to the class vectors, or probabilities."""
        return "cosine" if _compares_angles(self.model.head) else "probability"

    def scores(self, out: dict[str, Any]) -> np.ndarray:
        """The score of each class, (N, k), from what `model.predict` gave."""
        return keras.ops.convert_to_numpy(class_scores(self.model, out))

    def read(self, path: Path) -> np.ndarray:
        """An image file as the model takes it; InputError if it cannot be read."""
        side = self.data.get("test_short_side")
        return read_image(path, tuple(self.data["image_shape"]), side)

    def predict_files(self, files: Sequence[Path]) -> dict[str, np.ndarray]:
        """The model's outputs for image files; InputError if one cannot be read."""

        def predict(some: Sequence[Path]) -> dict[str, np.ndarray]:
            return self.model.predict(np.stack([*map(self.read, some)]), verbose=0)

        return in_parts(predict, files, FILES_AT_ONCE)


def joined(parts: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The outputs of all batches as those of one."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def in_parts(
    answer: Callable[[Any], dict[str, np.ndarray]], inputs: Any, size: int
) -> dict[str, np.ndarray]:
    """The answers to some inputs at a time as one."""
    starts = range(0, len(inputs), size)
    return joined([answer(inputs[start : start + size]) for start in starts])


def class_scores(model: Classifier, out: dict[str, Any]) -> Any:
    """How sure of each class, a tensor (N, k), from the model's outputs."""
    if model.head and model.head.fixed:
        return model.head.cosines(out["features"])
    if _compares_angles(model.head):
        # The loss scales them before its softmax, a model does not.
        return out["logits"]
    if "probabilities" in out:
        # A calibrated model has them itself.
        return out["probabilities"]
    return keras.ops.softmax(out["logits"])


def deciding_scores(out: dict[str, Any]) -> Any:
    """The scores (N, k) of which the largest is the class that people are told.

    A bias of the classes, fitted by `calibrate`, may change which it is.
    """
    return out.get("probabilities", out["logits"])


def _compares_angles(head: Head | None) -> bool:
    return bool(head and (head.fixed or head.gives_cosines))


def load_trained(
    folder: str | os.PathLike, data: str | os.PathLike | None = None
) -> Trained:
    """Load a finished run.

    Args:
        folder: the run's folder.
        data: where the run's data are, if they are neither where they were nor where
            they were as seen from the folder.

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


def _check_unpacked(path: Path) -> None:
    """Raise ValueError if a model file would take far more memory than disk."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    texts = [m.file_size for m in members if m.filename.endswith(".json")]
    if unpacked > _MOST_UNPACKED * (path.stat().st_size + 2**20):
        raise ValueError(f"its parts would unpack to {unpacked / 2**20:,.0f} MiB")
    if max(texts, default=0) > _MOST_TEXT:
        raise ValueError(f"its description takes {max(texts) / 2**20:,.0f} MiB")


def _model(path: Path) -> Classifier:
    try:
        _check_unpacked(path)
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
