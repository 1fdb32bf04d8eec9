"""AdaFaceDense: cosines whose margin follows the rank of each feature's norm."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import check_not_negative, check_positive
from keras_pod.core.replicas import whole_batch
from keras_pod.layers.cosine_dense import CosineHead
from keras_pod.losses.margin import check_angle, shifted_cosines

# What the paper's code adds to the deviation of the norms.
_EPSILON = 1e-3


@keras.saving.register_keras_serializable(package="keras_pod")
class AdaFaceDense(CosineHead):
    """Class scores as cosines, trained with AdaFace's norm-adaptive margin.

    In training the target's score is `cos(theta_y - m z) - (m + m z)` with
    `z = clip(h (||x|| - mu) / sigma, -1, 1)`, a constant for differentiation (Kim et
    al. 2022, "AdaFace: Quality Adaptive Margin for Face Recognition"). A short
    feature, a sign of a poor image, gets ArcFace's margin (z = -1), one of the mean
    norm CosFace's (z = 0), a long one a negative angle and twice the additive
    margin. mu and sigma are the moving mean and deviation of the norms; a batch
    counts before its own loss, and the first one sets both. Train it with
    `keras_pod.losses.CrossEntropyLoss(scale=64)`. `shifted_cosines` says what happens
    where theta_y - m z leaves [0, pi]; on several devices the batch is that of all.

    The margin lies here and not in a loss because it needs norms and state:
    `keras_pod.Classifier` gives its loss `training_logits`, while predictions and
    metrics see plain cosines.

    Args:
        num_classes: k, at least 2.
        margin: m in radians and in units of the cosine, 0 <= m < pi.
        concentration: h > 0; at 1/3, z of 99.7 % of normal norms is not clipped.
        momentum: of mu and sigma, from 0 to 1.
        kernel_initializer: initial class weights.
        **kwargs: `rising_margin` and `sub_centers` of `CosineDense`, and those of
            `Head`.

    Called with features (batch, n), it returns scores (batch, k) in float32.

    Attributes:
        kernel: trainable weight as in `CosineDense`.
        norm_mean, norm_deviation: mu and sigma, weights (), not trainable, 0 until the
            first training batch.

    Raises:
        ValueError: an argument out of its range, or features that are not (batch, n).

    Example:

    >>> head = keras_pod.layers.AdaFaceDense(2, kernel_initializer="identity")
    >>> x = np.array([[3.0, 4.0], [6.0, 8.0]])
    >>> print(ops.convert_to_numpy(head(x)).round(3))
    [[0.6 0.8]
     [0.6 0.8]]
    >>> print(ops.convert_to_numpy(head.training_logits([0, 0], x)).round(3))
    [[0.216 0.8  ]
     [0.178 0.8  ]]
    """

    def __init__(
        self,
        num_classes: int,
        margin: float = 0.4,
        concentration: float = 0.333,
        momentum: float = 0.99,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, kernel_initializer, **kwargs)
        check_angle(margin=margin)
        check_positive(concentration=concentration)
        check_not_negative(momentum=momentum)
        if momentum > 1:
            raise ValueError(f"`momentum` must be at most 1, got {momentum}.")
        self.margin = float(margin)
        self.concentration = float(concentration)
        self.momentum = float(momentum)

    def build(self, input_shape: tuple) -> None:
        super().build(input_shape)
        self.norm_mean = self.state("norm_mean")
        self.norm_deviation = self.state("norm_deviation")

    def training_logits(self, y: Any, x: Any) -> Any:
        norms, mean, deviation = self._norms(x)
        z = self.concentration * (norms - mean) / (deviation + _EPSILON)
        turn = self.margin * ops.clip(z, -1.0, 1.0)

        def margin(cosines: Any) -> Any:
            return shifted_cosines(cosines, -turn) - self.margin - turn

        return self.with_margin(y, self.call(x), margin)

    def update_from_batch(self, y: Any, x: Any) -> None:
        """Move the mean and the deviation of the norms towards the batch's."""
        _, mean, deviation = self._norms(x)
        self.norm_mean.assign(mean)
        self.norm_deviation.assign(deviation)

    def _norms(self, x: Any) -> tuple[Any, Any, Any]:
        """The features' norms (batch, 1), and the statistics with this batch's in."""
        norms = numerics.row_norm(ops.stop_gradient(ops.cast(x, self.compute_dtype)))
        whole = whole_batch(norms)
        mean = ops.mean(whole)
        degrees = ops.maximum(ops.cast(ops.shape(whole)[0], mean.dtype) - 1.0, 1.0)
        deviation = ops.sqrt(ops.sum(ops.square(whole - mean)) / degrees)
        old_mean = ops.convert_to_tensor(self.norm_mean)
        old_deviation = ops.convert_to_tensor(self.norm_deviation)
        rate = ops.where(old_mean > 0.0, 1.0 - self.momentum, 1.0)
        # A batch that is not finite leaves both as they are.
        fine = ops.isfinite(deviation)
        mean = ops.where(fine, old_mean + rate * (mean - old_mean), old_mean)
        deviation = old_deviation + rate * (deviation - old_deviation)
        return norms, mean, ops.where(fine, deviation, old_deviation)
