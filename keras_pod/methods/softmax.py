"""Methods with a softmax on linear scores, alone or beside another term."""

import keras

from keras_pod import layers, losses
from keras_pod.methods.hyperparameters import Span, around_weight
from keras_pod.methods.method import HeadAndLoss, method


def _linear(num_classes: int) -> keras.layers.Layer:
    return keras.layers.Dense(num_classes, dtype="float32", name="logits")


@method("softmax", "linear scores, softmax cross-entropy", 0.2)
def _softmax(num_classes: int, seed: int) -> HeadAndLoss:
    return _linear(num_classes), losses.CrossEntropyLoss()


@method(
    "logit-adjusted",
    "softmax with the classes' frequencies in its scores, for few images of some",
    0.2,
    search={"tau": Span(0.25, 4.0, grid=(0.5, 1.0, 1.5, 2.0))},
)
def _logit_adjusted(num_classes: int, seed: int, tau: float = 1.0) -> HeadAndLoss:
    head = layers.LogitAdjustedDense(num_classes, tau, name="logits")
    return head, losses.CrossEntropyLoss()


@method(
    "center",
    "softmax + Center Loss",
    0.2,
    search={
        "weight": around_weight(0.003),
        "center_rate": Span(0.1, 1.0, grid=(0.1, 0.5, 1.0)),
    },
)
def _center(
    num_classes: int, seed: int, center_rate: float = 0.5, weight: float = 0.003
) -> HeadAndLoss:
    head = layers.CenterDense(num_classes, center_rate, name="logits")
    return head, losses.center(weight)


@method("ring", "softmax + Ring Loss", 0.1, search={"weight": around_weight(0.01)})
def _ring(num_classes: int, seed: int, weight: float = 0.01) -> HeadAndLoss:
    return layers.RingDense(num_classes, name="logits"), losses.ring(weight)


_COMPLEMENT = {"search": {"weight": around_weight(1.0)}}


@method("cot", "softmax + complement entropy", 0.2, **_COMPLEMENT)
def _cot(num_classes: int, seed: int, weight: float = 1.0) -> HeadAndLoss:
    return _linear(num_classes), losses.COTLoss(weight)


@method(
    "cot-alternate",
    "softmax, then complement entropy: two updates a batch",
    0.1,
    updates_per_batch=2,
    **_COMPLEMENT,
)
def _cot_alternate(num_classes: int, seed: int, weight: float = 1.0) -> HeadAndLoss:
    return layers.ComplementDense(num_classes, name="logits"), losses.COTLoss(weight)


@method("incay", "softmax + Feature Incay", 0.1, search={"weight": around_weight(0.1)})
def _incay(num_classes: int, seed: int, weight: float = 0.1) -> HeadAndLoss:
    return _linear(num_classes), losses.feature_incay(weight)


# SBN: 0.8, 0.9 and 1; no one of them wins everywhere.
@method(
    "scaled-bn",
    "softmax on batch-normalised scores",
    0.1,
    search={"scale": Span(0.25, 4.0, grid=(0.8, 0.9, 1.0))},
)
def _scaled_bn(num_classes: int, seed: int, scale: float = 1.0) -> HeadAndLoss:
    scores = keras.layers.Dense(num_classes, use_bias=False, dtype="float32")
    normalised = layers.ScaledBatchNormalization(scale)
    return keras.Sequential([scores, normalised], name="logits"), (
        losses.CrossEntropyLoss()
    )


# The losses of pairs need several images of a class in a batch. With far more classes
# than a batch has images use `--class-balanced`, or give `fit` the batches of
# `keras_pod.data.class_balanced_batches`.


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
