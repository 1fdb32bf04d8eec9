"""Whether an exported file answers as the model does."""

import dataclasses
import tempfile
from pathlib import Path
from types import ModuleType

import numpy as np
import tensorflow as tf

from keras_pod.experiments.after.trained import deciding_scores
from keras_pod.experiments.export import saved_model
from keras_pod.experiments.export.served import Served
from keras_pod.experiments.run.measures import Outputs


@dataclasses.dataclass(frozen=True)
class Check:
    """The largest difference of each output between an exported file and the model.

    Both were given images of random pixels. It is divided by the output's largest value
    if that is above 1; that of the class is how far the logit of the file's class is
    below the largest. `bytes: ...` are those where the file got PNG files, the model
    what `keras-pod predict` makes of them.
    """

    differences: dict[str, float]

    @property
    def largest(self) -> float:
        """The largest of the differences; nan if one is."""
        return float(np.max(list(self.differences.values())))


def check_export(writer: ModuleType, path: Path, served: Served) -> Check:
    """Compare a file of a format with the model."""
    shape = (64, *served.image_shape)
    images = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    compared = differences(writer.load(path)(images), predicted(served, images))
    if writer is saved_model and saved_model.takes_files(served):
        found, expected = _of_files(path, served, images)
        compared |= {f"bytes: {k}": v for k, v in differences(found, expected).items()}
    return Check(compared)


def predicted(served: Served, images: np.ndarray) -> Outputs:
    """Predict with the model itself, the scores of all classes included."""
    out = served.run.model.predict(images, verbose=0)
    return out | {"score": served.run.scores(out)}


def _of_files(
    path: Path, served: Served, images: np.ndarray
) -> tuple[Outputs, Outputs]:
    """The outputs of the file for PNG files, and of the model for what they hold."""
    files, read = [tf.io.encode_png(image).numpy() for image in images], []
    with tempfile.TemporaryDirectory() as folder:
        one = Path(folder, "one.png")
        for file in files:
            one.write_bytes(file)
            read.append(served.run.read(one))
    found = saved_model.load(path, "serving_bytes")(files)
    return found, predicted(served, np.stack(read))


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
