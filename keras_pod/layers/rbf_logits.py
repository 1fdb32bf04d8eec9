"""Radial basis functions: kernels as scores (RBF-Softmax), or scores linear in them."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import feature_size, integer, positive
from keras_pod.core.distances import rows_of_labels, squared_distances
from keras_pod.core.replicas import whole_batch
from keras_pod.layers.head import Head, LinearHead


@keras.saving.register_keras_serializable(package="keras_pod")
class RBFLogits(Head):
    """Class scores as scaled Gaussian kernels of the distance to learned prototypes.

    `z_j = s K_j` with `K_j = exp(-d_j / gamma)` and `d_j = ||c x - w_j||^2`
    (eq 3, 4 of Zhang et al. 2020, "RBF-Softmax: Learning Deep Representative
    Prototypes with Radial Basis Function Softmax"); train it with a softmax
    cross-entropy. The largest score is the nearest prototype's. Scores lie in (0, s],
    so that no probability exceeds `e^s / (e^s + k - 1)`: accuracies mean something,
    confidences do not.

    A feature far from all prototypes (d > 100 gamma) has kernels and a gradient of
    0 and never learns. Features of unit variance have d near n, hence the factor
    c, which is 1/sqrt(n) unless `feature_scale` says otherwise: d is then near 1.
    It divides the features' gradient as well and wants a larger learning rate.
    c = 1 is the paper's form. The weight `mean_kernel` holds the mean kernel of the
    right class in the latest training batch of a `keras_pod.Classifier`;
    `keras_pod.callbacks.KernelWatch` warns when it vanishes.

    Args:
        num_classes: k, at least 2.
        scale: s > 0.
        gamma: the kernels' width > 0. The published code passes the scale for it:
            `gamma=scale` does the same.
        feature_scale: c > 0; None is 1/sqrt(n).
        kernel_initializer: of the prototypes; Xavier uniform as published.
        exact: compute d by differences, for features and prototypes whose norms
            are hundreds of times their distances (`keras_pod.core.distances`).
        **kwargs: those of `Head`.

    Called with features (batch, n), it returns scores (batch, k) in float32.

    Attributes:
        prototypes: trainable weight (k, n). mean_kernel: weight (), not trainable.

    Raises:
        ValueError: an argument out of its range, or features that are not (batch, n).

    >>> head = keras_pod.layers.RBFLogits(2, scale=2, gamma=1, feature_scale=1)
    >>> head.build((None, 2))
    >>> _ = head.prototypes.assign([[0, 0], [1, -1]])
    >>> print(ops.convert_to_numpy(head(np.zeros((1, 2)))).round(4))
    [[2.     0.2707]]
    """

    gives_cosines = False

    def __init__(
        self,
        num_classes: int,
        scale: float = 4.0,
        gamma: float = 2.0,
        feature_scale: float | None = None,
        kernel_initializer: Any = "glorot_uniform",
        exact: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, kernel_initializer, **kwargs)
        self.scale = positive("scale", scale)
        self.gamma = positive("gamma", gamma)
        self.feature_scale = feature_scale
        if feature_scale is not None:
            self.feature_scale = positive("feature_scale", feature_scale)
        self.exact = exact

    def build(self, input_shape: tuple) -> None:
        shape = (self.num_classes, feature_size(self, input_shape))
        self.prototypes = self.trained("prototypes", shape)
        self.mean_kernel = self.state("mean_kernel", initializer="ones")

    def call(self, x: Any) -> Any:
        return self.scale * self.kernels(x)

    def kernels(self, x: Any) -> Any:
        """K, (batch, k) in (0, 1], of features (batch, n)."""
        x = ops.cast(x, self.compute_dtype)
        x = x * self.factor(x.shape[-1])
        d = squared_distances(x, self.prototypes, self.exact)
        return ops.exp(-d / self.gamma)

    def factor(self, dim: int) -> float:
        """c, by which features of so many dimensions are multiplied."""
        return self.feature_scale or dim**-0.5

    def feature_targets(self, y: Any) -> Any:
        """The prototype of each label over c, which its features are drawn to."""
        rows = rows_of_labels(y, self.prototypes)
        return rows / self.factor(rows.shape[-1])

    def class_vectors(self) -> np.ndarray | None:
        return ops.convert_to_numpy(self.feature_targets(np.arange(self.num_classes)))

    def callbacks(self) -> list[keras.callbacks.Callback]:
        # Callbacks look for the heads that they are for.
        from keras_pod.callbacks import KernelWatch

        return [KernelWatch()]

    def update_from_batch(self, y: Any, x: Any) -> None:
        """Record `mean_kernel`."""
        y, x = whole_batch(y), whole_batch(x)
        # The right class's prototype is enough for integer labels; rows of labels
        # weigh the kernels of all classes.
        x = ops.stop_gradient(ops.cast(x, self.compute_dtype))
        y = ops.convert_to_tensor(y)
        if numerics.is_label_rows(y.shape, self.num_classes):
            kernels = numerics.target_scores(y, self.kernels(x))
        else:
            x = x * self.factor(x.shape[-1])
            d = ops.square(x - rows_of_labels(y, self.prototypes))
            kernels = ops.exp(-ops.sum(d, axis=-1) / self.gamma)
        self.mean_kernel.assign(ops.stop_gradient(ops.mean(kernels)))


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
        self.units = None if units is None else integer("units", units, 1)
        self.gamma = positive("gamma", gamma)
        self.feature_scale = feature_scale
        if feature_scale is not None:
            self.feature_scale = positive("feature_scale", feature_scale)
        self.exact = exact

    def build(self, input_shape: tuple) -> None:
        units = self.units or self.num_classes
        shape = (units, feature_size(self, input_shape))
        self.units_at = self.trained("units_at", shape)
        super().build((None, units))

    def call(self, x: Any, training: bool | None = None) -> Any:
        x = ops.cast(x, self.compute_dtype)
        x = x * (self.feature_scale or x.shape[-1] ** -0.5)
        d = squared_distances(x, self.units_at, self.exact)
        return super().call(ops.exp(-d / self.gamma), training)

    def class_vectors(self) -> None:
        # The weights of a class are of the kernels.
        return None
