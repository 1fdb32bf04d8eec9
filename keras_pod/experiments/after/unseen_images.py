"""Images that a run was not trained on, for fitting something to its outputs."""

from typing import NamedTuple

import numpy as np

from keras_pod.data.splits import hold_out
from keras_pod.experiments.after.run_images import load_images
from keras_pod.experiments.after.trained import Trained
from keras_pod.experiments.run.measures import Outputs, predicted


class Part(NamedTuple):
    """A model's outputs for some images.

    Attributes:
        images: what they are, for people.
        out: logits (N, k), features (N, n) and further outputs.
        labels: integers (N,).
    """

    images: str
    out: Outputs
    labels: np.ndarray


def held_out_parts(run: Trained) -> tuple[Part, Part]:
    """Held-out images to fit to, and others to report.

    A run with a validation split has its validation images to fit to, and the test
    images to report. Else the test images are halved, the same way every time.

    Args:
        run: a trained run.

    Raises:
        InputError: data that are no longer there, or a class with only one test image.
    """
    share, data = run.settings["validation_split"], run.settings["data"]
    out, labels = predicted(run.model, load_images(run, data).test)
    if share:
        validation = load_images(run, data, validation_split=share).test
        fit = Part("validation images", *predicted(run.model, validation))
        return fit, Part("test images", out, labels)
    halves = hold_out(labels, 0.5, run.data["class_names"])
    names = "half of the test images", "the other half of the test images"
    report, fit = (
        Part(name, {k: v[rows] for k, v in out.items()}, labels[rows])
        for name, rows in zip(reversed(names), halves, strict=True)
    )
    return fit, report
