"""Feature Incay: pushes feature norms up, small ones most."""

from typing import Any

import keras
from keras import ops

from keras_pod.arguments import check_positive
from keras_pod.losses.base import WeightedLoss


@keras.saving.register_keras_serializable(package="keras_pod")
class FeatureIncayLoss(WeightedLoss):
    """Weighted reciprocal of the squared feature norm, a regulariser of features.

    `L = weight * mean_i (||x_i||^2 + epsilon)^(-power / 2)` (Yuan et al. 2017,
    "Feature Incay for Representation Regularization"), beside a softmax
    cross-entropy on the scores. Its gradient, `-power * weight * x /
    (||x||^2 + epsilon)^(1 + power / 2)`, lengthens features and never turns them.

    The paper leaves out samples that are misclassified. A loss on features does not
    see the scores, so this takes all; soon most are classified rightly.

    Args:
        weight: >= 0.
        power: of the norm, > 0; 2 in the paper.
        epsilon: > 0. It bounds the gradient of small features: 1 keeps that below
            0.65 weight at power 2, and does not matter for norms of several units.
        reduction: as in `keras.losses.Loss`.
        name: name of the loss.
        dtype: float32 (default) or float64.

    Call arguments:
        y_true: ignored.
        y_pred: features, (batch, n).

    Raises:
        ValueError: an argument out of its range.

    Example:

    >>> loss = keras_pod.losses.FeatureIncayLoss(weight=1.0)
    >>> round(float(loss(np.zeros(1), np.array([[0.0, 3.0]]))), 4)
    0.1
    """

    uses_targets = False

    def __init__(
        self,
        weight: float = 0.1,
        power: float = 2.0,
        epsilon: float = 1.0,
        reduction: str = "sum_over_batch_size",
        name: str = "feature_incay",
        dtype: Any = None,
    ) -> None:
        super().__init__(weight, reduction, name, dtype)
        check_positive(power=power, epsilon=epsilon)
        self.power = float(power)
        self.epsilon = float(epsilon)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        squared = ops.sum(ops.square(y_pred), axis=-1)
        return self.weight * ops.power(squared + self.epsilon, -self.power / 2)

    def get_config(self) -> dict:
        config = super().get_config()
        return {**config, "power": self.power, "epsilon": self.epsilon}
