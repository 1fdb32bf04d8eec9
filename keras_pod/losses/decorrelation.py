"""Losses on the correlations of a batch's features: Barlow Twins and VICReg."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import feature_size, not_negative
from keras_pod.core.replicas import whole_batch
from keras_pod.losses.base import WeightedLoss


@keras.saving.register_keras_serializable(package="keras_pod")
class BarlowDecorrelationLoss(WeightedLoss):
    """Squared correlations between different features of a batch (Barlow Twins).

    `L = weight * sum_i sum_{j != i} C_ij^2` with C (n, n) the correlation
    coefficients of the features over the batch (Zbontar et al. 2021; eq 5 of Zhu &
    Zu 2022). There is one view here rather than two, so that C_ii = 1 and the
    invariance term is 0. A constant feature correlates with none, and the loss is 0
    for a batch of one.

    The value belongs to the whole batch (of all devices) and is the same for each of
    its samples.

    Args:
        weight: lambda, >= 0; 0.005 in the paper.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: ignored.
        y_pred: features, (batch, n).

    Raises:
        ValueError: a negative weight.

    >>> loss = keras_pod.losses.BarlowDecorrelationLoss(weight=1.0)
    >>> features = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    >>> round(float(loss(np.zeros(3), features)), 4)
    2.0
    """

    targets = "none"

    def __init__(self, weight: float = 0.005, **kwargs: Any) -> None:
        super().__init__(weight, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        feature_size(self, y_pred.shape)
        features = whole_batch(y_pred)
        centred = features - ops.mean(features, axis=0, keepdims=True)
        energy = self.weight * numerics.off_diagonal_energy(unit_columns(centred))
        return _for_each_sample(energy, features, y_pred)


@keras.saving.register_keras_serializable(package="keras_pod")
class VICRegCovarianceLoss(WeightedLoss):
    """Squared covariances between different features of a batch (VICReg).

    `L = (weight / n) sum_{i != j} C_ij^2 + (variance_weight / n) sum_j
    max(0, 1 - sqrt(C_jj + 1e-4))` with C (n, n) the covariance of the features over
    the batch, divided by B - 1 (Bardes et al. 2022). The loss is 0 for a batch of
    one, which has no covariance.

    The value belongs to the whole batch (of all devices) and is the same for each of
    its samples.

    Args:
        weight: of the covariance term, >= 0; 1 in the paper.
        variance_weight: of the variance term, >= 0; 25 in the paper.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: ignored.
        y_pred: features, (batch, n).

    Raises:
        ValueError: a negative weight.

    >>> loss = keras_pod.losses.VICRegCovarianceLoss()
    >>> features = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    >>> round(float(loss(np.zeros(3), features)), 4)
    4.0
    """

    usual_name = "vicreg_covariance"
    targets = "none"

    def __init__(
        self, weight: float = 1.0, variance_weight: float = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(weight, **kwargs)
        self.variance_weight = not_negative("variance_weight", variance_weight)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        dim = feature_size(self, y_pred.shape)
        features = whole_batch(y_pred)
        batch = ops.cast(ops.shape(features)[0], y_pred.dtype)
        degrees = ops.maximum(batch - 1.0, 1.0)
        centred = features - ops.mean(features, axis=0, keepdims=True)
        energy = numerics.off_diagonal_energy(centred) / ops.square(degrees)
        loss = self.weight / dim * energy
        if self.variance_weight:
            variances = ops.sum(ops.square(centred), axis=0) / degrees
            short = ops.relu(1.0 - ops.sqrt(variances + 1e-4))
            loss = loss + self.variance_weight * ops.mean(short)
        return _for_each_sample(loss, features, y_pred)


def _for_each_sample(value: Any, whole: Any, mine: Any) -> Any:
    """The batch's value for every sample of this device, 0 for a batch of one."""
    value = ops.where(ops.shape(whole)[0] > 1, value, ops.zeros_like(value))
    return ops.broadcast_to(value, (ops.shape(mine)[0],))


def unit_columns(d: Any) -> Any:
    # Columns as rows, so that a constant column is handled like a zero feature.
    return ops.transpose(numerics.unit_rows(ops.transpose(d)))
