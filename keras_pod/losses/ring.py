"""Ring Loss: draws the norms of features to one learned radius."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.replicas import whole_batch
from keras_pod.losses.base import WeightedLoss
from keras_pod.losses.cross_entropy import CrossEntropyLoss


@keras.saving.register_keras_serializable(package="keras_pod")
class RingLoss(WeightedLoss):
    """Half the weighted squared distance of feature norms from the radius.

    `L = (weight / 2) mean_i (||x_i|| - R)^2` (Zheng et al. 2018). The `RingDense`
    head owns R, which this loss trains through `y_true`; it begins as the mean norm
    of the first batch, which for that batch this loss finds itself.

    Args:
        weight: >= 0; about 0.01 in the paper.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: the radius for every sample, (batch, 1). 0 is not set yet: the mean
            norm of the batch, of all devices, takes its place as a constant.
        y_pred: features, (batch, n). A zero feature gets no gradient.

    Raises:
        ValueError: a negative weight, or targets that are not (batch, 1).

    Example:

    >>> loss = keras_pod.losses.RingLoss(weight=1.0)
    >>> float(loss(np.array([[3.0]]), np.array([[3.0, 4.0]])))
    2.0
    """

    def __init__(self, weight: float = 0.01, **kwargs: Any) -> None:
        super().__init__(weight, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        if y_true.shape[-1] != 1:
            raise ValueError(
                "RingLoss takes the radius for every sample, of shape (batch, 1), as "
                "a keras_pod.layers.RingDense head gives it; got targets of shape "
                f"{tuple(y_true.shape)}."
            )
        norm = numerics.row_norm(y_pred)
        mean = ops.stop_gradient(ops.mean(whole_batch(norm)))
        gap = norm - ops.where(ops.equal(y_true, 0), mean, y_true)
        return 0.5 * self.weight * ops.squeeze(ops.square(gap), axis=-1)


def ring(weight: float = 0.01) -> dict[str, Any]:
    """Cross-entropy plus Ring Loss, for a model with a `RingDense` head.

    `L = L_softmax + (weight / 2) mean_i (||x_i|| - R)^2` (Zheng et al. 2018).

    Args:
        weight: >= 0.

    Returns:
        `{"logits": CrossEntropyLoss(), "features": RingLoss(weight)}`, for
        `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: a negative weight.

    Example:

    >>> keras_pod.losses.ring(weight=0.02)["features"].weight
    0.02
    """
    return {"logits": CrossEntropyLoss(), "features": RingLoss(weight)}
