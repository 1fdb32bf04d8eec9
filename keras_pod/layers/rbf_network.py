"""A radial basis function network: scores linear in Gaussian kernels."""

from typing import Any

import keras
from keras import ops

from keras_pod.core.arguments import check_positive, feature_size, given, integer
from keras_pod.core.distances import squared_distances
from keras_pod.layers.linear_head import LinearHead


@keras.saving.register_keras_serializable(package="keras_pod")
class RBFNetwork(LinearHead):
    """Class scores as linear functions of Gaussian kernels around learned units.

    `z = phi W + b` with `phi_u = exp(-||c x - mu_u||^2 / gamma)` (Broomhead & Lowe
    1988; a baseline of the RBF-Softmax paper, which does not print the formula).
    Train it with a softmax cross-entropy.

    The other reading of that baseline, `Pr_j = K_j / sum_i K_i`, is
    `PrototypeLogits(num_classes, alpha=1 / gamma)`.

    Args:
        num_classes: k, at least 2.
        units: number of kernels, at least 1; None is one per class.
        gamma: the kernels' width > 0.
        feature_scale: c > 0; None is 1/sqrt(n), with which features of unit
            variance have distances near 1 and no kernel vanishes.
        use_bias: whether the scores have a bias.
        kernel_initializer: of the units and of the scores' weights.
        exact: compute distances by differences (`keras_pod.core.distances`).
        **kwargs: those of `Head`.

    Called with features (batch, n), it returns scores (batch, k) in float32.

    Attributes:
        units_at: trainable weight (units, n), the mu. kernel, bias: trainable
            weights (units, k) and (k,).

    Raises:
        ValueError: an argument out of its range, or features that are not (batch, n).

    Example:

    >>> head = keras_pod.layers.RBFNetwork(3, units=20)
    >>> scores = head(np.ones((2, 8)))
    >>> tuple(scores.shape), tuple(head.units_at.shape)
    ((2, 3), (20, 8))
    """

    def __init__(
        self,
        num_classes: int,
        units: int | None = None,
        gamma: float = 2.0,
        feature_scale: float | None = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        exact: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, use_bias, kernel_initializer, **kwargs)
        check_positive(gamma=gamma, **given(feature_scale=feature_scale))
        self.units = None if units is None else integer("units", units, 1)
        self.gamma = float(gamma)
        self.feature_scale = feature_scale
        self.exact = exact

    def build(self, input_shape: tuple) -> None:
        units = self.units or self.num_classes
        shape = (units, feature_size(self, input_shape))
        self.units_at = self.trained("units_at", shape)
        super().build((None, units))

    def call(self, x: Any) -> Any:
        x = ops.cast(x, self.compute_dtype)
        x = x * (self.feature_scale or x.shape[-1] ** -0.5)
        d = squared_distances(x, self.units_at, self.exact)
        return super().call(ops.exp(-d / self.gamma))

    def class_vectors(self) -> None:
        # The weights of a class are of the kernels.
        return None
