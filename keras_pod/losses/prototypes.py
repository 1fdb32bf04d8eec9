"""Losses that draw features to a centre or a prototype of their class."""

from typing import Any

import keras
from keras import ops

from keras_pod.losses.base import WeightedLoss
from keras_pod.losses.cross_entropy import CrossEntropyLoss


@keras.saving.register_keras_serializable(package="keras_pod")
class CenterLoss(WeightedLoss):
    """Half the weighted squared distance of features from their class centres.

    `L = (weight / 2) mean_i ||x_i - c_{y_i}||^2` (Wen et al. 2016, which sums over
    the batch where this takes the mean). The `CenterDense` head owns the centres.

    Args:
        weight: >= 0; 0.003 in the paper's experiments on faces.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: the centre of each sample's class, (batch, n).
        y_pred: features, (batch, n).

    Raises:
        ValueError: a negative weight, or centres and features of different sizes.

    >>> loss = keras_pod.losses.CenterLoss(weight=1.0)
    >>> float(loss(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]])))
    12.5
    """

    def __init__(self, weight: float = 0.003, **kwargs: Any) -> None:
        super().__init__(weight, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        if y_true.shape[-1] != y_pred.shape[-1]:
            raise ValueError(
                "CenterLoss takes the centre of each sample's class, as a "
                "keras_pod.layers.CenterDense head gives it; got targets of shape "
                f"{tuple(y_true.shape)} for features of shape {tuple(y_pred.shape)}."
            )
        return 0.5 * self.weight * ops.sum(ops.square(y_pred - y_true), axis=-1)


def center(weight: float = 0.003) -> dict[str, Any]:
    """Cross-entropy plus Center Loss, for a model with a `CenterDense` head.

    `L = L_softmax + (weight / 2) mean_i ||x_i - c_{y_i}||^2` (Wen et al. 2016).

    Args:
        weight: >= 0.

    Returns:
        `{"logits": CrossEntropyLoss(), "features": CenterLoss(weight)}`, for
        `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: a negative weight.

    >>> keras_pod.losses.center(weight=0.01)["features"].weight
    0.01
    """
    return {"logits": CrossEntropyLoss(), "features": CenterLoss(weight)}


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

    >>> keras_pod.losses.g_cpl(weight=0.1)["features"].weight
    0.1
    """
    return {"logits": CrossEntropyLoss(), "features": PrototypeLoss(weight)}
