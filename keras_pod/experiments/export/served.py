"""Served: what an exported file computes, whatever its format."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import keras
from keras import ops

from keras_pod.classifier import Classifier
from keras_pod.experiments.after.trained import Trained, class_scores, deciding_scores


class Served(keras.Model):
    """Raw pixels in, named outputs out; in float32.

    `call` is the one place for what a served model answers: every format writes
    whatever it returns.
    """

    def __init__(self, run: Trained) -> None:
        super().__init__(name="served", dtype="float32")
        self.classifier = in_float32(run.model)
        self.run = dataclasses.replace(run, model=self.classifier)
        self.image_shape = tuple(run.data["image_shape"])
        self.class_names = list(run.data["class_names"])
        self.names = list(self(ops.zeros((1, *self.image_shape))))

    def call(self, images: Any) -> dict[str, Any]:
        """Answer images (B, H, W, C) of 0..255.

        Returns:
            logits (B, k), features (B, n), class (B,), int32, and score (B,), how
            sure of that class: a cosine or a probability. After `calibrate` also
            probabilities (B, k) and known (B,), bool.
        """
        out = self.classifier(images, training=False)
        scores = deciding_scores(out)
        # LiteRT does not have the operators that the argmax of floats takes.
        best = ops.equal(scores, ops.max(scores, axis=-1, keepdims=True))
        classes = ops.argmax(ops.cast(best, "int32"), axis=-1)
        sure = class_scores(self.classifier, out)
        answered = ops.one_hot(classes, sure.shape[-1], dtype=sure.dtype)
        served = {
            **out,
            "class": ops.cast(classes, "int32"),
            "score": ops.sum(sure * answered, axis=-1),
        }
        # Some formats keep the order only, which is that of the names.
        return dict(sorted(served.items()))

    def export_as(self, format: str, path: Path) -> None:
        """Have Keras write the file, for images in batches of any size."""
        images = keras.InputSpec("float32", (None, *self.image_shape), name="images")
        self.export(
            os.fspath(path), format=format, verbose=False, input_signature=[images]
        )


def in_float32(model: Classifier) -> Classifier:
    """The model, or if it is of mixed precision a copy that computes in float32."""
    text = model.to_json()
    wide = text.replace('"mixed_bfloat16"', '"float32"')
    wide = wide.replace('"mixed_float16"', '"float32"')
    if wide == text:
        return model
    copy = keras.models.model_from_json(wide)
    copy.set_weights(model.get_weights())
    return copy
