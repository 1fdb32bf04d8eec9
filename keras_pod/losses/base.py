"""What the losses share: a wide dtype, and for those that are a term its weight."""

from typing import Any

import keras

from keras_pod.core import numerics
from keras_pod.core.arguments import check_not_negative


class WideLoss(keras.losses.Loss):
    """A loss that computes in float32 or wider, and remembers its dtype.

    Args:
        reduction: as in `keras.losses.Loss`.
        name: name of the loss.
        dtype: float32 (default) or float64; anything narrower becomes float32, in
            which labels stay exact.
    """

    def __init__(self, reduction: str, name: str, dtype: Any) -> None:
        super().__init__(name, reduction, numerics.wide_dtype(dtype))

    def get_config(self) -> dict:
        return {**super().get_config(), "dtype": self.dtype}


class WeightedLoss(WideLoss):
    """A loss that is one term of several, with a weight.

    Args:
        weight: >= 0.
        reduction, name, dtype: as in `WideLoss`.

    Raises:
        ValueError: a negative weight.
    """

    def __init__(self, weight: float, reduction: str, name: str, dtype: Any) -> None:
        super().__init__(reduction, name, dtype)
        check_not_negative(weight=weight)
        self.weight = float(weight)

    def get_config(self) -> dict:
        return {**super().get_config(), "weight": self.weight}
