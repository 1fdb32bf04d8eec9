"""Whether an exported file answers as the model does."""

import contextlib
import dataclasses
import tempfile
from pathlib import Path
from types import ModuleType

import numpy as np
import tensorflow as tf

from keras_pod.core.errors import InputError
from keras_pod.core.printable import counted
from keras_pod.experiments.after.run_images import load_images
from keras_pod.experiments.after.trained import Trained, deciding_scores, in_parts
from keras_pod.experiments.export import saved_model
from keras_pod.experiments.export.served import Served
from keras_pod.experiments.run.measures import Outputs
from keras_pod.experiments.run.run_json import is_here

_IMAGES = 1000
_RANDOM = 64
_FILES = 64
_BATCH = 32


@dataclasses.dataclass(frozen=True)
class Check:
    """The differences between an exported file and the model.

    Args:
        images: what both were given.
        differences: the largest difference of each output, divided by the output's
            largest value if that is above 1. For the class: how far the logit of the
            file's class is below the largest. `bytes: ...` are those where the file
            got PNG files, the model what `keras-pod predict` makes of them.
        precision: for a run of mixed precision, the same between the model itself
            and its float32 form; else empty.
    """

    images: str
    differences: dict[str, float]
    precision: dict[str, float]

    @property
    def largest(self) -> float:
        """The largest of the differences; nan if one is."""
        return float(np.max(list(self.differences.values())))


def check_export(
    writer: ModuleType,
    path: Path,
    served: Served,
    run: Trained,
    images: np.ndarray,
    described: str,
) -> Check:
    """Compare a file of a format with the float32 form of a run's model.

    Both are given the images, which are `described` for people.
    """
    expected = predicted(served, images)
    found = in_parts(writer.load(path), images, _BATCH)
    compared = differences(found, expected)
    if writer is saved_model and saved_model.takes_files(served):
        compared |= _of_files(path, served, images[:_FILES])
    precision = {}
    if served.run.model is not run.model:
        mixed = run.model.predict(images, verbose=0)
        precision = {k: _difference(mixed[k], expected[k]) for k in mixed}
    return Check(described, compared, precision)


def images_of(run: Trained) -> tuple[np.ndarray, str]:
    """Test images of the run's data; random ones where these are not here."""
    # Data that were moved or changed since are not here either.
    with contextlib.suppress(InputError):
        if is_here(run.settings["data"]):
            test = load_images(run, run.settings["data"]).test
            batches = test.unbatch().take(_IMAGES).batch(_IMAGES)
            images, _ = next(batches.as_numpy_iterator())
            described = counted(len(images), "test image")
            return images, f"{described} of {run.data['name']}"
    images, described = random_images(tuple(run.data["image_shape"]))
    return images, f"{described}, as {run.data['name']} is not here"


def random_images(shape: tuple[int, ...]) -> tuple[np.ndarray, str]:
    """Images to compare with where there are no others, and what they are."""
    images = np.random.default_rng(0).integers(0, 256, (_RANDOM, *shape), np.uint8)
    return images, f"{_RANDOM} random images"


def predicted(served: Served, images: np.ndarray) -> Outputs:
    """Predict with the model itself, the scores of all classes included."""
    out = served.run.model.predict(images, batch_size=_BATCH, verbose=0)
    return out | {"score": served.run.scores(out)}


def _of_files(path: Path, served: Served, images: np.ndarray) -> dict[str, float]:
    """The differences where both get image files."""
    pixels = np.clip(np.rint(images), 0, 255).astype("uint8")
    files = [tf.io.encode_png(image).numpy() for image in pixels]
    read = []
    with tempfile.TemporaryDirectory() as folder:
        path_of_one = Path(folder, "one.png")
        for file in files:
            path_of_one.write_bytes(file)
            read.append(served.run.read(path_of_one))
    found = in_parts(saved_model.load(path, files=True), files, _BATCH)
    compared = differences(found, predicted(served, np.stack(read)))
    return {f"bytes: {name}": value for name, value in compared.items()}


def differences(found: Outputs, expected: Outputs) -> dict[str, float]:
    """The difference of each output of a file from what is `predicted`."""
    scores = deciding_scores(expected)
    # Rounding decides between equal scores, so the classes are not compared.
    answered, sure = (
        np.take_along_axis(values, found["class"][:, None], axis=1)[:, 0]
        for values in (scores, expected["score"])
    )
    expected = expected | {"score": sure}
    measured = {k: _difference(found[k], expected[k]) for k in expected}
    return measured | {"class": _difference(answered, scores.max(axis=1))}


def _difference(found: np.ndarray, expected: np.ndarray) -> float:
    if expected.dtype == bool:
        # Rounding decides for a score at the threshold.
        share = float((found != expected).mean())
        return 0.0 if share < 0.01 else share
    scale = max(1.0, float(np.abs(expected).max()))
    return float(np.abs(found - expected).max()) / scale
