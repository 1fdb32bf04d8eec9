"""Cosines with a scale or a margin that adapts: AdaCos, AdaFace and MagFace."""

import math
from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import angle, positive, share
from keras_pod.core.replicas import whole_batch
from keras_pod.layers.cosine_dense import CosineHead
from keras_pod.losses.margin import shifted_cosines
from keras_pod.losses.norms import norm_limits

# Of two classes AdaCos's scale is 0, at which nothing is learned.
_LEAST_SCALE = 1.0
# What AdaFace's published code adds to the deviation of the norms.
_EPSILON = 1e-3


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

    def call(self, x: Any, training: bool | None = None) -> Any:
        return self.scale * super().call(x, training)

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
        self.margin = angle("margin", margin)
        self.concentration = positive("concentration", concentration)
        self.momentum = share("momentum", momentum)

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


@keras.saving.register_keras_serializable(package="keras_pod")
class MagFaceDense(CosineHead):
    """Class scores as cosines, trained with MagFace's margin.

    In training the target's score is `cos(theta_y + m(a))` with a the feature's norm,
    clipped to [l_a, u_a], and a margin that rises with it from l_m to u_m,
    `m(a) = l_m + (u_m - l_m) (a - l_a) / (u_a - l_a)` (Meng et al. 2021, "MagFace: A
    Universal Representation for Face Recognition and Quality Assessment"). Train it
    with `keras_pod.losses.magface()`, whose second term draws norms up: easy samples
    get long features. Features have to be free in their norm, so give them no batch
    normalisation. `shifted_cosines` says what happens where theta_y + m(a) passes pi.

    The margin lies here and not in a loss because it needs norms:
    `keras_pod.Classifier` gives its loss `training_logits`, while predictions and
    metrics see plain cosines.

    Args:
        num_classes: k, at least 2.
        low_margin, high_margin: l_m and u_m in radians, 0 <= l_m <= u_m < pi.
        low_norm, high_norm: l_a and u_a, 0 < l_a < u_a.
        kernel_initializer: initial class weights.
        **kwargs: `rising_margin` and `sub_centers` of `CosineDense`, and those of
            `Head`.

    Called with features (batch, n), it returns scores (batch, k) in float32.

    Attributes:
        kernel: trainable weight as in `CosineDense`.

    Raises:
        ValueError: an argument out of its range, or features that are not (batch, n).

    >>> head = keras_pod.layers.MagFaceDense(2, kernel_initializer="identity")
    >>> head.build((None, 2))
    >>> x = np.array([[6.0, 8.0], [66.0, 88.0]])  # the margins are 0.45 and 0.8
    >>> print(ops.convert_to_numpy(head.training_logits([0, 0], x)).round(3))
    [[ 0.192  0.8  ]
     [-0.156  0.8  ]]
    """

    def __init__(
        self,
        num_classes: int,
        low_margin: float = 0.45,
        high_margin: float = 0.8,
        low_norm: float = 10.0,
        high_norm: float = 110.0,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, kernel_initializer, **kwargs)
        self.low_margin = angle("low_margin", low_margin)
        self.high_margin = angle("high_margin", high_margin)
        if low_margin > high_margin:
            raise ValueError(
                f"`low_margin` must be at most `high_margin`, got {low_margin} and "
                f"{high_margin}."
            )
        self.low_norm, self.high_norm = norm_limits(low_norm, high_norm)

    def training_logits(self, y: Any, x: Any) -> Any:
        norms = numerics.row_norm(ops.cast(x, self.compute_dtype))
        above = ops.clip(norms, self.low_norm, self.high_norm) - self.low_norm
        slope = (self.high_margin - self.low_margin) / (self.high_norm - self.low_norm)
        angles = self.low_margin + slope * above
        return self.with_margin(
            y, self.call(x), lambda cosines: shifted_cosines(cosines, angles)
        )
