"""MagFaceDense: cosines whose margin grows with each feature's norm."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.layers.cosine_dense import CosineHead
from keras_pod.losses.magface import check_norms
from keras_pod.losses.margin import check_angle, shifted_cosines


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

    Example:

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
        check_angle(low_margin=low_margin, high_margin=high_margin)
        if low_margin > high_margin:
            raise ValueError(
                f"`low_margin` must be at most `high_margin`, got {low_margin} and "
                f"{high_margin}."
            )
        check_norms(low_norm, high_norm)
        self.low_margin, self.high_margin = float(low_margin), float(high_margin)
        self.low_norm, self.high_norm = float(low_norm), float(high_norm)

    def training_logits(self, y: Any, x: Any) -> Any:
        norms = numerics.row_norm(ops.cast(x, self.compute_dtype))
        above = ops.clip(norms, self.low_norm, self.high_norm) - self.low_norm
        slope = (self.high_margin - self.low_margin) / (self.high_norm - self.low_norm)
        angles = self.low_margin + slope * above
        return self.with_margin(
            y, self.call(x), lambda cosines: shifted_cosines(cosines, angles)
        )
