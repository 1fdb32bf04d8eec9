"""Convolutional prototype learning: scores by the distance to a class's prototypes."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_pod.core.arguments import check_positive, feature_size, integer
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

    Example:

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
        check_positive(alpha=alpha)
        self.prototypes_per_class = integer(
            "prototypes_per_class", prototypes_per_class, 1
        )
        self.alpha = float(alpha)
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
