"""Complement objective training: flattens the probabilities of the wrong classes."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import check_one_of
from keras_pod.losses.base import WeightedLoss
from keras_pod.losses.cross_entropy import cross_entropy


@keras.saving.register_keras_serializable(package="keras_pod")
class ComplementEntropyLoss(WeightedLoss):
    """Minus the entropy of the scores' softmax over the wrong classes.

    `L = -(weight / (k - 1)) mean_i H_i` with `H_i = -sum_{j != y} q_ij log q_ij` and
    `q_ij = Pr_ij / (1 - Pr_iy)` (Chen et al. 2019, "Complement Objective Training").
    q is the softmax over the other k - 1 scores and is computed as such, so that it
    is well defined however sure of the right class the scores are. With two classes
    H is 0.

    It says nothing about the right class: use `COTLoss`, which adds the
    cross-entropy.

    Args:
        weight: >= 0.
        divisor: "k-1" (the paper), or "k" as in its published code.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: labels, integers (batch,) or (batch, 1), or rows (batch, k), whose
            largest entry is the right class. An integer outside 0..k-1 makes the
            loss NaN.
        y_pred: scores (logits), (batch, k).

    Raises:
        ValueError: an argument out of its range, or labels of another shape.

    >>> scores = np.log([[0.5, 0.3, 0.2]])
    >>> loss = keras_pod.losses.ComplementEntropyLoss()
    >>> round(float(loss(np.array([0]), scores)), 4)
    -0.3365
    """

    def __init__(
        self, weight: float = 1.0, divisor: str = "k-1", **kwargs: Any
    ) -> None:
        super().__init__(weight, **kwargs)
        check_one_of("divisor", divisor, ("k-1", "k"))
        self.divisor = divisor

    def call(self, y_true: Any, y_pred: Any) -> Any:
        logits = numerics.to_wide(y_pred)
        num_classes = logits.shape[-1]
        dtype = keras.backend.standardize_dtype(logits.dtype)
        labels = numerics.label_weights(y_true, num_classes, dtype)
        own = ops.one_hot(ops.argmax(labels, axis=-1), num_classes, dtype="bool")
        # No score is as low as this; -inf would make 0 * inf of the own class.
        log_q = ops.log_softmax(ops.where(own, -1e30, logits))
        terms = ops.where(own, ops.zeros_like(logits), ops.exp(log_q) * log_q)
        count = num_classes if self.divisor == "k" else num_classes - 1
        # An unknown label is a row of NaN, which no argmax keeps.
        unknown = ops.isnan(ops.sum(labels, axis=-1))
        entropy = ops.where(unknown, float("nan"), -ops.sum(terms, axis=-1) / count)
        return -self.weight * entropy


@keras.saving.register_keras_serializable(package="keras_pod")
class COTLoss(ComplementEntropyLoss):
    """Cross-entropy minus the complement entropy.

    `L = L_softmax - (weight / (k - 1)) mean_i H_i`, H as in `ComplementEntropyLoss`
    (Chen et al. 2019). From labels both act in one update. The paper alternates
    instead between one update on the cross-entropy and, after a second forward pass,
    one on the entropy, each with its own optimizer: for that give the model a
    `keras_pod.layers.ComplementDense` head, which says how.

    Args:
        weight: >= 0; 0 is the cross-entropy.
        divisor: "k-1" (the paper), or "k" as in its published code.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: labels as `ComplementEntropyLoss` takes them, or rows (batch, 2k):
            label rows for the cross-entropy and, behind them, label rows for the
            complement entropy, which counts as often as they sum to. A half of
            zeros leaves its term out.
        y_pred: scores (logits), (batch, k).

    Raises:
        ValueError: an argument out of its range, or labels of another shape.

    >>> scores = np.log([[0.5, 0.3, 0.2]])
    >>> loss = keras_pod.losses.COTLoss()
    >>> round(float(loss(np.array([0]), scores)), 4)
    0.3566
    >>> round(float(loss(np.array([[0, 0, 0, 1, 0, 0]]), scores)), 4)
    -0.3365
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        num_classes = y_pred.shape[-1]
        if tuple(y_true.shape[1:]) != (2 * num_classes,):
            return cross_entropy(y_true, y_pred) + super().call(y_true, y_pred)
        first, second = y_true[:, :num_classes], y_true[:, num_classes:]
        share = ops.sum(second, axis=-1)
        return cross_entropy(first, y_pred) + share * super().call(second, y_pred)
