"""Methods that compare the samples of a batch with each other.

They need several images of a class in a batch. With far more classes than a batch has
images use `--class-balanced`, or give `fit` the batches of
`keras_pod.data.class_balanced_batches`.
"""

import keras

from keras_pod import losses
from keras_pod.methods.hyperparameters import Span, around_weight
from keras_pod.methods.method import HeadAndLoss, method


def _linear(num_classes: int) -> keras.layers.Layer:
    return keras.layers.Dense(num_classes, dtype="float32", name="logits")


@method(
    "supcon",
    "softmax + supervised contrastive loss",
    0.1,
    search={
        "weight": around_weight(1.0),
        "temperature": Span(0.03, 1.0, grid=(0.07, 0.1, 0.3, 0.5)),
    },
)
def _supcon(
    num_classes: int, seed: int, weight: float = 1.0, temperature: float = 0.1
) -> HeadAndLoss:
    return _linear(num_classes), losses.supcon(weight, temperature)


@method(
    "triplet",
    "softmax + batch-hard triplet loss",
    0.1,
    search={"weight": around_weight(1.0)},
)
def _triplet(
    num_classes: int, seed: int, weight: float = 1.0, margin: float | None = None
) -> HeadAndLoss:
    return _linear(num_classes), losses.triplet(weight, margin)
