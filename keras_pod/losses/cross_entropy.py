"""Softmax cross-entropy on scores, for labels of every form."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import positive
from keras_pod.losses.base import WideLoss


@keras.saving.register_keras_serializable(package="keras_pod")
class CrossEntropyLoss(WideLoss):
    """Softmax cross-entropy on scores: integers, one-hot and soft labels alike.

    `L = -mean_i sum_j y_ij log( exp(s z_ij) / sum_l exp(s z_il) )`.

    Args:
        scale: s > 0. It is for scores that are too narrow for a softmax, such as
            cosines, or too wide.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: labels, integers (batch,) or (batch, 1), or rows (batch, k). An
            integer outside 0..k-1 makes the loss NaN.
        y_pred: scores (logits) of any head, (batch, k).

    Raises:
        ValueError: labels of another shape, or a scale that is not > 0.

    >>> scores = np.array([[1.0, 1.0, 2.0]])
    >>> loss = keras_pod.losses.CrossEntropyLoss()(np.array([2]), scores)
    >>> round(float(np.exp(-loss)), 4)
    0.5761
    """

    def __init__(self, scale: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = positive("scale", scale)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return cross_entropy(y_true, self.scale * numerics.to_wide(y_pred))


def cross_entropy(y_true: Any, logits: Any) -> Any:
    """Each sample's softmax cross-entropy, (batch,), in float32 or wider."""
    return -numerics.target_scores(y_true, ops.log_softmax(numerics.to_wide(logits)))
