"""Softmax cross-entropy on scores, for labels of every form; LGM's margin in it."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import not_negative, positive
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

    Example:

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


@keras.saving.register_keras_serializable(package="keras_pod")
class LGMLoss(CrossEntropyLoss):
    """Cross-entropy of Gaussian log densities with a margin on the right class.

    The right class's `z_y = -g_y` becomes `-(1 + margin) g_y` (Wan et al. 2018); the
    scores themselves, and so predictions, are without it. With the "identity" and
    "shared" covariances of `GaussianMixture` the scores are `-g` and this is exact.
    With "diagonal" they also hold `-(1/2) log det S_y`, which the margin then
    enlarges too; it never raises a positive score.

    Args:
        margin: >= 0.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: labels, integers (batch,) or (batch, 1), or rows (batch, k).
        y_pred: scores of a `GaussianMixture` head, (batch, k).

    Raises:
        ValueError: a negative margin, or labels of another shape.

    Example:

    >>> scores = np.array([[-1.0, -2.0]])
    >>> loss = keras_pod.losses.LGMLoss(margin=1.0)(np.array([0]), scores)
    >>> round(float(loss), 4)  # both are -2 with the margin: log 2
    0.6931
    """

    def __init__(self, margin: float = 0.1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.margin = not_negative("margin", margin)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        logits = numerics.with_margin(
            y_true, y_pred, lambda z: z + self.margin * ops.minimum(z, 0.0)
        )
        return cross_entropy(y_true, logits)


def cross_entropy(y_true: Any, logits: Any) -> Any:
    """Each sample's softmax cross-entropy, (batch,), in float32 or wider."""
    return -numerics.target_scores(y_true, ops.log_softmax(numerics.to_wide(logits)))
