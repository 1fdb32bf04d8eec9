"""Softmax cross-entropy on scores, for labels of every form."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.losses.base import WideLoss


@keras.saving.register_keras_serializable(package="keras_pod")
class CrossEntropyLoss(WideLoss):
    """Softmax cross-entropy on scores: integers, one-hot and soft labels alike.

    `L = -mean_i sum_j y_ij log( exp(z_ij) / sum_l exp(z_il) )`.

    Args:
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: labels, integers (batch,) or (batch, 1), or rows (batch, k). An
            integer outside 0..k-1 makes the loss NaN.
        y_pred: scores (logits) of any head, (batch, k).

    Raises:
        ValueError: labels of another shape.

    Example:

    >>> scores = np.array([[1.0, 1.0, 2.0]])
    >>> loss = keras_pod.losses.CrossEntropyLoss()(np.array([2]), scores)
    >>> round(float(np.exp(-loss)), 4)
    0.5761
    """

    usual_name = "cross_entropy"

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return cross_entropy(y_true, y_pred)


def cross_entropy(y_true: Any, logits: Any) -> Any:
    """Each sample's softmax cross-entropy, (batch,), in float32 or wider.

    Args:
        y_true: labels as `CrossEntropyLoss` takes them.
        logits: (batch, k).

    Raises:
        ValueError: labels of another shape.
    """
    return -numerics.target_scores(y_true, ops.log_softmax(numerics.to_wide(logits)))
