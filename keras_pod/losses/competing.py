"""NaC with competition between the classes: a small cross-entropy of its scores."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import check_positive
from keras_pod.losses.base import WeightedLoss
from keras_pod.losses.cross_entropy import cross_entropy


@keras.saving.register_keras_serializable(package="keras_pod")
class CompetingNaCLoss(WeightedLoss):
    """NaC plus a weighted softmax cross-entropy of the scaled scores.

    `L = mean_i [(1 - s_iy)^2 - weight log( exp(scale s_iy) / sum_j exp(scale s_ij) )]`
    with the scores s of a `PEDCC` head. The first term is `NaCLoss` (eq 17 of Zhu & Zu
    2022), which looks at each sample's own class alone. The second is this library's
    addition: it pushes a feature away from the centroids of the classes that it is
    mistaken for. That helps most where classes are many and alike, or the network is
    small.

    Args:
        weight: of the cross-entropy, >= 0.
        scale: what scores are multiplied by in it, > 0.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: labels, integers (batch,) or (batch, 1), or rows (batch, k). An
            integer outside 0..k-1 makes the loss NaN.
        y_pred: scores of a `PEDCC` head, (batch, k).

    Raises:
        ValueError: labels of another shape, or an argument out of its range.

    Example:

    >>> loss = keras_pod.losses.CompetingNaCLoss(weight=0.1, scale=10)
    >>> round(float(loss(np.array([0]), np.array([[0.6, 0.2]]))), 4)  # 0.16 + 0.0018
    0.1618
    """

    usual_name = "competing_nac"

    def __init__(self, weight: float = 0.1, scale: float = 16.0, **kwargs: Any) -> None:
        super().__init__(weight, **kwargs)
        check_positive(scale=scale)
        self.scale = float(scale)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        nac = ops.square(1.0 - numerics.target_scores(y_true, y_pred))
        return nac + self.weight * cross_entropy(y_true, self.scale * y_pred)
