"""The outputs of a run's model for its images."""

import logging
from typing import NamedTuple

import keras
import numpy as np

from keras_pod.data.image_set import ImageSet
from keras_pod.experiments.run.measures import predicted


class Outputs(NamedTuple):
    """The outputs of a model for images in their order, float32.

    `backbone` is what the feature layer gets, (N, d); None without such a layer, and of
    training images, of which nobody asks for it.
    """

    logits: np.ndarray
    features: np.ndarray
    labels: np.ndarray
    backbone: np.ndarray | None


def outputs(model: keras.Model, images: ImageSet, part: str) -> Outputs:
    """The outputs for a part of the images, "test" or "train"."""
    # A calibrated model has more.
    wanted = {name: model.output[name] for name in ("logits", "features")}
    layers = [layer.name for layer in model.layers]
    if part == "test" and "features" in layers:
        wanted["backbone"] = model.get_layer("features").input
    # TensorFlow warns that each run's model is traced anew, which it has to be.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    batches = images.test if part == "test" else images.train_in_order
    out, labels = predicted(keras.Model(model.inputs, wanted), batches)
    floats = {name: np.asarray(own, "float32") for name, own in out.items()}
    return Outputs(floats["logits"], floats["features"], labels, floats.get("backbone"))
