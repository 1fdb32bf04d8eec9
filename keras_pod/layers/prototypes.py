"""Scores by the distance to a class's prototypes (CPL) or its Gaussian (LGM)."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_pod.core.arguments import check_one_of, feature_size, integer, positive
from keras_pod.core.distances import rows_of_labels, squared_distances
from keras_pod.layers.head import Head


@keras.saving.register_keras_serializable(package="keras_pod")
class PrototypeLogits(Head):
    """Class scores from distances to one or several learned prototypes per class.

    `z_j = log sum_m exp(-alpha ||x - w_jm||^2)`, which is `-alpha ||x - w_j||^2` for
    one prototype (CPL; Yang et al. 2018, "Robust Classification with Convolutional
    Prototype Learning"). Their softmax is the probability of each prototype, summed
    over the class's. Train with a softmax cross-entropy (CPL), or with
    `keras_pod.losses.g_cpl()`, which also draws features to a prototype (G-CPL).

    With one prototype and `alpha = 1 / gamma` this is an RBF network with normalised
    kernels, `Pr_j = K_j / sum_i K_i`, trained by its negative log likelihood.

    Args:
        num_classes: k, at least 2.
        prototypes_per_class: M >= 1.
        alpha: > 0.
        kernel_initializer: of the prototypes. Equal prototypes of a class stay equal.
        exact: compute distances by differences (`keras_pod.core.distances`).
        **kwargs: those of `Head`.

    Called with features (batch, n), it returns scores (batch, k) in float32.

    Attributes:
        prototypes: trainable weight (k, M * n), the M prototypes of a class in a row.

    Raises:
        ValueError: an argument out of its range, or features that are not (batch, n).

    >>> head = keras_pod.layers.PrototypeLogits(2, alpha=0.5)
    >>> head.build((None, 2))
    >>> _ = head.prototypes.assign([[0, 0], [3, 4]])
    >>> print(ops.convert_to_numpy(head(np.array([[3.0, 0.0]]))))
    [[-4.5 -8. ]]
    """

    gives_cosines = False

    def __init__(
        self,
        num_classes: int,
        prototypes_per_class: int = 1,
        alpha: float = 1.0,
        kernel_initializer: Any = "glorot_uniform",
        exact: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, kernel_initializer, **kwargs)
        self.prototypes_per_class = integer(
            "prototypes_per_class", prototypes_per_class, 1
        )
        self.alpha = positive("alpha", alpha)
        self.exact = exact

    def build(self, input_shape: tuple) -> None:
        dim = feature_size(self, input_shape)
        shape = (self.num_classes, self.prototypes_per_class * dim)
        self.prototypes = self.trained("prototypes", shape, self._initial)

    def _initial(self, shape: tuple, dtype: Any = None) -> Any:
        # As (k M, n), so that an initializer sees the sizes that it should.
        count = self.num_classes * self.prototypes_per_class
        dim = shape[1] // self.prototypes_per_class
        return ops.reshape(self.kernel_initializer((count, dim), dtype=dtype), shape)

    def call(self, x: Any) -> Any:
        x = ops.cast(x, self.compute_dtype)
        rows = ops.reshape(self.prototypes, (-1, x.shape[-1]))
        scores = -self.alpha * squared_distances(x, rows, self.exact)
        shape = (-1, self.num_classes, self.prototypes_per_class)
        return ops.logsumexp(ops.reshape(scores, shape), axis=-1)

    def feature_targets(self, y: Any) -> Any:
        """All prototypes of each label's class, (batch, M * n), for `PrototypeLoss`.

        A soft label gives the mean of the classes' prototypes by their weights.
        """
        return rows_of_labels(y, self.prototypes)

    def class_vectors(self) -> np.ndarray | None:
        several = self.prototypes_per_class > 1
        return None if several else ops.convert_to_numpy(self.prototypes)


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
