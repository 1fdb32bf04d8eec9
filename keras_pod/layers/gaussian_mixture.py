"""The head of LGM: class scores as log densities of one Gaussian per class."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_pod.core.arguments import check_one_of, feature_size
from keras_pod.core.distances import rows_of_labels, squared_distances
from keras_pod.layers.head import Head


@keras.saving.register_keras_serializable(package="keras_pod")
class GaussianMixture(Head):
    """Class scores as log densities of learned Gaussians, one per class.

    `z_j = -g_j - (1/2) log det S_j` with
    `g_j = (1/2) (x - mu_j) S_j^-1 (x - mu_j)^T` (Wan et al. 2018, "Rethinking
    Feature Distribution for Loss Functions in Image Classification"), classes
    equally likely; terms that all classes share are left out. Train it with
    `keras_pod.losses.lgm()`.

    Args:
        num_classes: k, at least 2.
        covariance: "identity"; "shared", one learned diagonal for all classes; or
            "diagonal", a learned one for each.
        kernel_initializer: of the means. The variances begin at 1.
        **kwargs: those of `Head`.

    Called with features (batch, n), it returns scores (batch, k) in float32.

    Attributes:
        means: trainable weight (k, n).
        log_variances: trainable weight (n,) or (k, n); None with "identity".

    Raises:
        ValueError: an argument out of its range, or features that are not (batch, n).

    Example:

    >>> head = keras_pod.layers.GaussianMixture(2)
    >>> head.build((None, 2))
    >>> _ = head.means.assign([[0, 0], [3, 4]])
    >>> print(ops.convert_to_numpy(head(np.array([[3.0, 0.0]]))))
    [[-4.5 -8. ]]
    """

    gives_cosines = False

    def __init__(
        self,
        num_classes: int,
        covariance: str = "identity",
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, kernel_initializer, **kwargs)
        check_one_of("covariance", covariance, ("identity", "shared", "diagonal"))
        self.covariance = covariance

    def build(self, input_shape: tuple) -> None:
        dim = feature_size(self, input_shape)
        self.means = self.trained("means", (self.num_classes, dim))
        self.log_variances: Any = None
        if self.covariance != "identity":
            shape = (dim,) if self.covariance == "shared" else self.means.shape
            self.log_variances = self.trained("log_variances", shape, "zeros")

    def call(self, x: Any) -> Any:
        x = ops.cast(x, self.compute_dtype)
        if self.covariance == "diagonal":
            log_det = ops.sum(self.log_variances, axis=-1)
            return -0.5 * (self._mahalanobis(x) + log_det)
        means = ops.convert_to_tensor(self.means)
        if self.covariance == "shared":
            inverse = ops.exp(-0.5 * self.log_variances)
            x, means = x * inverse, means * inverse
        return -0.5 * squared_distances(x, means)

    def _mahalanobis(self, x: Any) -> Any:
        """2 g, (batch, k), expanded around the mean of the means as distances are."""
        middle = ops.stop_gradient(ops.mean(self.means, axis=0, keepdims=True))
        x, means = x - middle, self.means - middle
        precision = ops.exp(-self.log_variances)
        squares = ops.matmul(ops.square(x), ops.transpose(precision))
        products = ops.matmul(x, ops.transpose(precision * means))
        constant = ops.sum(precision * ops.square(means), axis=-1)
        return squares - 2.0 * products + constant

    def feature_targets(self, y: Any) -> Any:
        """The mean of each label's class, (batch, n), for `GaussianLikelihoodLoss`.

        With learned variances, (batch, 2 n): the means, then the log variances.
        """
        means = rows_of_labels(y, self.means)
        if self.log_variances is None:
            return means
        rows = ops.convert_to_tensor(self.log_variances)
        rows = ops.broadcast_to(rows, self.means.shape)
        return ops.concatenate([means, rows_of_labels(y, rows)], axis=-1)

    def class_vectors(self) -> np.ndarray | None:
        return ops.convert_to_numpy(self.means)
