"""MagFace's term on the features' norms, which draws them up."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import check_positive
from keras_pod.losses.base import WeightedLoss
from keras_pod.losses.cross_entropy import CrossEntropyLoss


@keras.saving.register_keras_serializable(package="keras_pod")
class MagFaceNormLoss(WeightedLoss):
    """The regulariser of MagFace: it falls as a feature's norm grows to its limit.

    `L = weight * mean_i (1 / a_i + a_i / u_a^2)` with a_i the norm of feature i,
    clipped to [l_a, u_a] (eq 4 of Meng et al. 2021, "MagFace"; lambda_g is the
    weight). A norm outside of the limits gets no gradient.

    Args:
        weight: lambda_g, >= 0; 35 in the paper, beside a scale of 64.
        low_norm, high_norm: l_a and u_a, 0 < l_a < u_a.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: ignored.
        y_pred: features, (batch, n).

    Raises:
        ValueError: an argument out of its range.

    Example:

    >>> loss = keras_pod.losses.MagFaceNormLoss(weight=1.0)
    >>> round(float(loss(np.zeros(1), np.array([[12.0, 16.0]]))), 4)  # a = 20
    0.0517
    """

    usual_name = "magface_norm"

    targets = "none"

    def __init__(
        self,
        weight: float = 35.0,
        low_norm: float = 10.0,
        high_norm: float = 110.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight, **kwargs)
        check_norms(low_norm, high_norm)
        self.low_norm, self.high_norm = float(low_norm), float(high_norm)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        norms = ops.squeeze(numerics.row_norm(y_pred), axis=-1)
        norms = ops.clip(norms, self.low_norm, self.high_norm)
        return self.weight * (1.0 / norms + norms / self.high_norm**2)


def check_norms(low_norm: float, high_norm: float) -> None:
    """Raise ValueError unless 0 < low_norm < high_norm."""
    check_positive(low_norm=low_norm, high_norm=high_norm)
    if low_norm >= high_norm:
        raise ValueError(
            f"`low_norm` must be below `high_norm`, got {low_norm} and {high_norm}."
        )


def magface(
    scale: float = 64.0,
    weight: float = 35.0,
    low_norm: float = 10.0,
    high_norm: float = 110.0,
) -> dict[str, Any]:
    """Cross-entropy plus MagFace's term on norms, for a `MagFaceDense` head.

    `L = L_softmax(s cos) + weight * mean_i (1 / a_i + a_i / u_a^2)` (Meng et al.
    2021); the head adds the margin m(a_i).

    Args:
        scale: s > 0.
        weight: lambda_g, >= 0.
        low_norm, high_norm: l_a and u_a, as those of the head.

    Returns:
        `{"logits": CrossEntropyLoss(scale), "features": MagFaceNormLoss(...)}`, for
        `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: an argument out of its range.

    Example:

    >>> keras_pod.losses.magface(weight=20)["features"].weight
    20.0
    """
    return {
        "logits": CrossEntropyLoss(scale),
        "features": MagFaceNormLoss(weight, low_norm, high_norm),
    }
