"""The regulariser of G-CPL: draws features to the nearest prototype of their class."""

from typing import Any

import keras
from keras import ops

from keras_pod.losses.base import WeightedLoss
from keras_pod.losses.cross_entropy import CrossEntropyLoss


@keras.saving.register_keras_serializable(package="keras_pod")
class PrototypeLoss(WeightedLoss):
    """Weighted squared distance of features from the nearest prototype of their class.

    `L = weight * mean_i min_m ||x_i - w_{y_i m}||^2` (Yang et al. 2018). It moves the
    features and, through `y_true`, the prototypes of a `PrototypeLogits` head.

    Args:
        weight: >= 0.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: the M prototypes of each sample's class, (batch, M * n).
        y_pred: features, (batch, n).

    Raises:
        ValueError: a negative weight, or targets whose size no multiple of n is.

    Example:

    >>> loss = keras_pod.losses.PrototypeLoss(weight=1.0)
    >>> float(loss(np.array([[9.0, 9, 3, 0]]), np.array([[0.0, 0]])))
    9.0
    """

    def __init__(self, weight: float = 0.01, **kwargs: Any) -> None:
        super().__init__(weight, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        dim = y_pred.shape[-1]
        if y_true.shape[-1] % dim:
            raise ValueError(
                "PrototypeLoss takes the prototypes of each sample's class, of shape "
                f"(batch, M * {dim}), as a keras_pod.layers.PrototypeLogits head gives "
                f"them; got {tuple(y_true.shape)}."
            )
        prototypes = ops.reshape(y_true, (-1, y_true.shape[-1] // dim, dim))
        gaps = ops.expand_dims(y_pred, 1) - prototypes
        nearest = ops.min(ops.sum(ops.square(gaps), axis=-1), axis=-1)
        return self.weight * nearest


def g_cpl(weight: float = 0.01) -> dict[str, Any]:
    """Generalised convolutional prototype learning, for a `PrototypeLogits` head.

    `L = L_softmax + weight * mean_i min_m ||x_i - w_{y_i m}||^2` (Yang et al. 2018).

    Args:
        weight: >= 0; 0 is CPL.

    Returns:
        `{"logits": CrossEntropyLoss(), "features": PrototypeLoss(weight)}`, for
        `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: a negative weight.

    Example:

    >>> keras_pod.losses.g_cpl(weight=0.1)["features"].weight
    0.1
    """
    return {"logits": CrossEntropyLoss(), "features": PrototypeLoss(weight)}
