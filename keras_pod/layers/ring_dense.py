"""The head of Ring Loss: linear scores and a learned feature norm."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import check_positive, given
from keras_pod.core.replicas import whole_batch
from keras_pod.layers.linear_head import LinearHead


@keras.saving.register_keras_serializable(package="keras_pod")
class RingDense(LinearHead):
    """Linear class scores, together with a learned radius for the feature norms.

    `keras_pod.losses.ring()` trains the radius (Zheng et al. 2018, "Ring loss: Convex
    Feature Normalization for Face Recognition").

    It begins at the mean feature norm of the first training batch that a
    `keras_pod.Classifier` sees, already in the loss of that batch. No backend lets a
    step set a trainable weight, so the radius is the sum of two: `initial_radius`,
    which that batch sets, and the trainable `radius_offset`, which starts at 0.

    Args:
        num_classes: k, at least 2.
        radius: a number > 0 to begin with instead of the first batch's mean norm.
        use_bias: whether the scores have a bias.
        kernel_initializer: of the scores' weights.
        **kwargs: those of `Head`.

    Called with features (batch, n), it returns scores (batch, k) in float32.

    Attributes:
        kernel, bias: trainable weights (n, k) and (k,).
        radius_offset: trainable weight (). initial_radius: weight (), not
            trainable, 0 until the first batch.

    Raises:
        ValueError: an argument out of its range.

    Example:

    >>> head = keras_pod.layers.RingDense(2)
    >>> head.build((None, 2))
    >>> head.update_from_batch(None, np.array([[3.0, 4.0]]))
    >>> float(head.radius)
    5.0
    """

    def __init__(
        self,
        num_classes: int,
        radius: float | None = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        check_positive(**given(radius=radius))
        super().__init__(num_classes, use_bias, kernel_initializer, **kwargs)
        self._given_radius = radius

    def build(self, input_shape: tuple) -> None:
        super().build(input_shape)
        begin = keras.initializers.Constant(self._given_radius or 0.0)
        self.initial_radius = self.state("initial_radius", initializer=begin)
        self.radius_offset = self.trained("radius_offset", (), "zeros")

    @property
    def radius(self) -> Any:
        """The norm that features are drawn to, a scalar."""
        return ops.add(self.initial_radius, self.radius_offset)

    def feature_targets(self, y: Any) -> Any:
        """The radius for every sample, (batch, 1); 0 before the first batch."""
        batch = ops.shape(ops.convert_to_tensor(y))[0]
        return ops.broadcast_to(self.radius, (batch, 1))

    def update_from_batch(self, y: Any, x: Any) -> None:
        """Set the radius by the first batch's features."""
        x = ops.cast(whole_batch(x), self.initial_radius.dtype)
        norm = ops.mean(numerics.row_norm(ops.stop_gradient(x)))
        radius = ops.convert_to_tensor(self.initial_radius)
        self.initial_radius.assign(ops.where(radius > 0, radius, norm))

    def get_config(self) -> dict:
        return {**super().get_config(), "radius": self._given_radius}
