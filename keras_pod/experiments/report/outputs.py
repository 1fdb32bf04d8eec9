"""The outputs of a run's model for its images."""

import logging
from typing import NamedTuple

import keras
import numpy as np
from rich.console import Console

from keras_pod.data.image_set import ImageSet


class Outputs(NamedTuple):
    """The outputs of a model for images in their order, float32.

    Attributes:
        logits: (N, k).
        features: (N, n).
        labels: integers (N,).
        backbone: what the feature layer gets, (N, d); None without such a layer,
            and of training images, of which nobody asks for it.
    """

    logits: np.ndarray
    features: np.ndarray
    labels: np.ndarray
    backbone: np.ndarray | None


def outputs(
    model: keras.Model, images: ImageSet, part: str, console: Console
) -> Outputs:
    """The outputs for a part of the images, "test" or "train"."""
    wanted = dict(model.output)
    layers = [layer.name for layer in model.layers]
    if part == "test" and "features" in layers:
        wanted["backbone"] = model.get_layer("features").input
    batches = images.test if part == "test" else images.train_in_order
    logger = logging.getLogger("tensorflow")
    level = logger.level
    # TensorFlow warns that each run's model is traced anew, which it has to be.
    logger.setLevel(logging.ERROR)
    try:
        found = keras.Model(model.inputs, wanted).predict(
            batches, verbose=1 if console.is_terminal else 0
        )
    finally:
        logger.setLevel(level)
    labels = np.concatenate([y for _, y in batches.as_numpy_iterator()])
    floats = {name: np.asarray(own, "float32") for name, own in found.items()}
    return Outputs(labels=labels, **{"backbone": None} | floats)
