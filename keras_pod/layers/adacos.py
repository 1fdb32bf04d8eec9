"""AdaCosDense: cosines with the scale that AdaCos finds, fixed or batch by batch."""

import math
from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.replicas import whole_batch
from keras_pod.layers.cosine_dense import CosineHead

# Of two classes the paper's scale is 0, at which nothing is learned.
_LEAST_SCALE = 1.0


@keras.saving.register_keras_serializable(package="keras_pod")
class AdaCosDense(CosineHead):
    """Class scores as scaled cosines, whose scale follows the training.

    `scores_j = s cos theta_j`, for a softmax cross-entropy without a margin such as
    `keras_pod.losses.CrossEntropyLoss` (Zhang et al. 2019, "AdaCos: Adaptively
    Scaling Cosine Logits for Effectively Learning Deep Face Representations"). The
    scale begins at `sqrt(2) log(k - 1)`. With every training batch of a
    `keras_pod.Classifier` it becomes

    `s = log(B) / cos(min(pi / 4, theta_med))`,
    `B = mean_i sum_{j != y_i} exp(s_before cos theta_ij)`,

    theta_med being the median angle of the samples to their own classes (the smaller
    of the middle two), and the loss of that batch has the new scale already. It is
    never below 1: the formula gives 0 for two classes. Soft labels weigh the sums and
    the cosines. On several devices the batch is that of all of them.

    Args:
        num_classes: k, at least 2.
        dynamic: False keeps the scale at its first value, the paper's fixed AdaCos.
        kernel_initializer: initial class weights.
        **kwargs: `sub_centers` of `CosineDense`, and those of `Head`.

    Called with features (batch, n), it returns scores (batch, k) in float32.

    Attributes:
        kernel: trainable weight as in `CosineDense`.
        scale: s, weight (), not trainable.

    Raises:
        ValueError: an argument out of its range, or features that are not (batch, n).

    Example:

    >>> head = keras_pod.layers.AdaCosDense(4, kernel_initializer="identity")
    >>> head.build((None, 4))
    >>> x, y = np.array([[3.0, 4.0, 0.0, 0.0]]), np.array([1])
    >>> round(float(head.scale), 4)
    1.5537
    >>> head.update_from_batch(y, x)
    >>> round(float(head.scale), 4)  # log(exp(0.6 * 1.5537) + 2) / 0.8
    1.8912
    """

    gives_cosines = False

    def __init__(
        self,
        num_classes: int,
        dynamic: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, kernel_initializer, **kwargs)
        if self.rising_margin:
            raise ValueError("AdaCos has no margin: leave `rising_margin` out.")
        self.dynamic = dynamic

    def build(self, input_shape: tuple) -> None:
        super().build(input_shape)
        first = max(math.sqrt(2) * math.log(self.num_classes - 1), _LEAST_SCALE)
        begin = keras.initializers.Constant(first)
        self.scale = self.state("scale", initializer=begin)

    def call(self, x: Any) -> Any:
        return self.scale * super().call(x)

    def training_logits(self, y: Any, x: Any) -> Any:
        cosines = super().call(x)
        return self._scale_for(y, cosines) * cosines

    def update_from_batch(self, y: Any, x: Any) -> None:
        """Set the scale by the batch."""
        self.scale.assign(self._scale_for(y, super().call(x)))

    def _scale_for(self, y: Any, cosines: Any) -> Any:
        scale = ops.convert_to_tensor(self.scale)
        if not self.dynamic:
            return scale
        cosines = ops.stop_gradient(cosines)
        weights = numerics.label_weights(y, self.num_classes, self.compute_dtype)
        own = ops.sort(whole_batch(ops.sum(weights * cosines, axis=-1)))
        count = ops.shape(own)[0]
        # The smaller angle has the larger cosine.
        median = ops.take(own, count // 2)
        # As logarithms no sum is beyond float32, whatever the scale.
        others = ops.logsumexp(scale * cosines + ops.log(1.0 - weights), axis=-1)
        log_mean = ops.logsumexp(whole_batch(others)) - ops.log(
            ops.cast(count, cosines.dtype)
        )
        fitted = log_mean / ops.maximum(median, math.cos(math.pi / 4))
        # A batch that is not finite leaves the scale as it is.
        fitted = ops.where(ops.isfinite(fitted), fitted, scale)
        return ops.maximum(fitted, _LEAST_SCALE)
