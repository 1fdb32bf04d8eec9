"""Losses on the correlations of a batch's features: SC, Barlow Twins and VICReg."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import check_one_of, not_negative
from keras_pod.core.replicas import whole_batch
from keras_pod.losses.base import WeightedLoss

# A sum of weights below it is 0.
_LEAST_WEIGHT = 1e-30
# Degrees of freedom below it are those of one sample, which are 0 but for rounding.
_ALONE = 1e-6


@keras.saving.register_keras_serializable(package="keras_pod")
class SelfCorrelationLoss(WeightedLoss):
    """Self-correlation constraint on features, relative to their class centroids.

    `L = weight * sum_i sum_{j != i} R_ij^2` with `R = D^T D / (B - 1)` (n, n) and
    `D = X / ||X|| - P[y]` (eq 18, 19 of Zhu & Zu 2022; samples are rows here).
    It never changes a feature's norm, and is 0 for a batch of one.

    The value belongs to the whole batch: every sample gets the same, so that
    Keras's mean over samples and over devices is right. Sample weights therefore
    only rescale it, and `keras_pod.Classifier` keeps them away from it, but for
    `weighted=True`. Then R is the covariance of the weighted samples,
    `R = D^T diag(w) D / (sum_i w_i - sum_i w_i^2 / sum_i w_i)`, as `aweights` of
    `numpy.cov` make it: a weight of 0 leaves the sample out, and equal weights of any
    size change nothing.

    Args:
        weight: lambda of the POD Loss (eq 20), >= 0.
        normalise: "n-1" divides by n - 1, as the published code does; None is eq 18
            as printed, n - 1 times stronger at the same weight.
        center: subtract from D its mean over the batch first.
        standardise: divide the columns of D by their standard deviation first
            (implies `center`), so that R holds correlation coefficients.
        sync: with `tf.distribute`, "global" for R of the whole batch, which is the
            loss that one device has, or "replica" for R of each replica's own part,
            which spares gathering D. On JAX it is always of the whole batch.
        weighted: whether sample and class weights, >= 0, make R.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: the centroid of each sample's class, (batch, n).
        y_pred: features, (batch, n), of any norm.

    Raises:
        ValueError: an argument out of its range, or targets and features of
            different sizes.

    Example:

    >>> targets = np.array([[1.0, 0, 0], [-1.0, 0, 0], [1.0, 0, 0]])
    >>> features = np.array([[0.6, 0.8, 0], [-0.6, 0, 0.8], [0, 0.6, 0.8]])
    >>> loss = keras_pod.losses.SelfCorrelationLoss(normalise=None)
    >>> round(float(loss(targets, features)), 4)
    0.6536
    """

    def __init__(
        self,
        weight: float = 1.0,
        normalise: str | None = "n-1",
        center: bool = False,
        standardise: bool = False,
        sync: str = "global",
        weighted: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight, **kwargs)
        check_one_of("normalise", normalise, (None, "n-1"))
        check_one_of("sync", sync, ("global", "replica"))
        self.normalise = normalise
        self.center = center
        self.standardise = standardise
        self.sync = sync
        self.takes_weights = self.weighted = weighted

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        if not self.weighted or sample_weight is None:
            return super().__call__(y_true, y_pred, sample_weight)
        # Given as weights, Keras would multiply the samples' losses by them.
        return super().__call__((y_true, sample_weight), y_pred)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        y_true, weights = y_true if isinstance(y_true, tuple) else (y_true, None)
        if y_true.shape[-1] != y_pred.shape[-1]:
            raise ValueError(
                f"targets of shape {tuple(y_true.shape)} do not fit features of shape "
                f"{tuple(y_pred.shape)}: this loss takes the centroid of each sample's "
                "class, which `keras_pod.Classifier` looks up from plain labels."
            )
        whole = whole_batch if self.sync == "global" else lambda x: x
        residual = whole(numerics.unit_rows(y_pred) - y_true)
        if weights is not None:
            weights = whole(ops.reshape(weights, (-1, 1)))
            # They sum to 1, or to 0 where all are 0.
            weights = weights / ops.maximum(ops.sum(weights), _LEAST_WEIGHT)
        residual, degrees = self._weighed(residual, weights)
        alone = degrees < _ALONE
        degrees = ops.where(alone, 1.0, degrees)
        if self.standardise:
            residual = _unit_columns(residual) * ops.sqrt(degrees)
        scale = self.weight
        if self.normalise == "n-1":
            scale = scale / max(y_pred.shape[-1] - 1, 1)
        energy = scale * numerics.off_diagonal_energy(residual) / ops.square(degrees)
        energy = ops.where(alone, ops.zeros_like(energy), energy)
        return ops.broadcast_to(energy, (ops.shape(y_pred)[0],))

    def _weighed(self, residual: Any, weights: Any) -> tuple[Any, Any]:
        """Rows whose products over the degrees of freedom make R, and those."""
        centers = self.center or self.standardise
        if weights is None:
            if centers:
                residual -= ops.mean(residual, axis=0, keepdims=True)
            return residual, ops.cast(ops.shape(residual)[0], residual.dtype) - 1.0
        if centers:
            residual = residual - ops.sum(weights * residual, axis=0, keepdims=True)
        return residual * ops.sqrt(weights), 1.0 - ops.sum(ops.square(weights))


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

    Example:

    >>> loss = keras_pod.losses.BarlowDecorrelationLoss(weight=1.0)
    >>> features = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    >>> round(float(loss(np.zeros(3), features)), 4)
    2.0
    """

    targets = "none"

    def __init__(self, weight: float = 0.005, **kwargs: Any) -> None:
        super().__init__(weight, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        features = whole_batch(y_pred)
        centred = features - ops.mean(features, axis=0, keepdims=True)
        energy = self.weight * numerics.off_diagonal_energy(_unit_columns(centred))
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

    Example:

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
        features = whole_batch(y_pred)
        batch = ops.cast(ops.shape(features)[0], y_pred.dtype)
        degrees = ops.maximum(batch - 1.0, 1.0)
        centred = features - ops.mean(features, axis=0, keepdims=True)
        energy = numerics.off_diagonal_energy(centred) / ops.square(degrees)
        loss = self.weight / y_pred.shape[-1] * energy
        if self.variance_weight:
            variances = ops.sum(ops.square(centred), axis=0) / degrees
            short = ops.relu(1.0 - ops.sqrt(variances + 1e-4))
            loss = loss + self.variance_weight * ops.mean(short)
        return _for_each_sample(loss, features, y_pred)


def _for_each_sample(value: Any, whole: Any, mine: Any) -> Any:
    """The batch's value for every sample of this device, 0 for a batch of one."""
    value = ops.where(ops.shape(whole)[0] > 1, value, ops.zeros_like(value))
    return ops.broadcast_to(value, (ops.shape(mine)[0],))


def _unit_columns(d: Any) -> Any:
    # Columns as rows, so that a constant column is handled like a zero feature.
    return ops.transpose(numerics.unit_rows(ops.transpose(d)))
