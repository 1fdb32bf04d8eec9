"""Feature Incay: pushes feature norms up, small ones most."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import check_positive
from keras_pod.losses.base import WeightedLoss
from keras_pod.losses.cross_entropy import CrossEntropyLoss


@keras.saving.register_keras_serializable(package="keras_pod")
class FeatureIncayLoss(WeightedLoss):
    """Weighted reciprocal of the squared feature norm, a regulariser of features.

    `L = weight * mean_i (||x_i||^2 + epsilon)^(-power / 2)` (Yuan et al. 2017,
    "Feature Incay for Representation Regularization"), beside a softmax
    cross-entropy on the scores. Its gradient, `-power * weight * x /
    (||x||^2 + epsilon)^(1 + power / 2)`, lengthens features and never turns them.

    The paper leaves out the samples that are misclassified, `L = weight / B
    sum_i 1[correct_i] (...)`: `correct_only` does so.

    Args:
        weight: >= 0.
        power: of the norm, > 0; 2 in the paper.
        epsilon: > 0. It bounds the gradient of small features: 1 keeps that below
            0.65 weight at power 2, and does not matter for norms of several units.
        correct_only: leave out what `y_true` says is misclassified.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: ignored; with `correct_only` 1 for each sample that the scores
            classify rightly and 0 for the others, (batch, 1), as a
            `keras_pod.Classifier` gives it.
        y_pred: features, (batch, n).

    Raises:
        ValueError: an argument out of its range; with `correct_only` targets that
            are not (batch, 1).

    Example:

    >>> loss = keras_pod.losses.FeatureIncayLoss(weight=1.0)
    >>> round(float(loss(np.zeros(1), np.array([[0.0, 3.0]]))), 4)
    0.1
    """

    usual_name = "feature_incay"

    def __init__(
        self,
        weight: float = 0.1,
        power: float = 2.0,
        epsilon: float = 1.0,
        correct_only: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight, **kwargs)
        check_positive(power=power, epsilon=epsilon)
        self.power = float(power)
        self.epsilon = float(epsilon)
        self.correct_only = bool(correct_only)
        self.targets = "correct" if correct_only else "none"

    def call(self, y_true: Any, y_pred: Any) -> Any:
        squared = numerics.nan_if_infinite(ops.sum(ops.square(y_pred), axis=-1))
        push = self.weight * ops.power(squared + self.epsilon, -self.power / 2)
        if not self.correct_only:
            return push
        if tuple(y_true.shape[1:]) != (1,):
            raise ValueError(
                "FeatureIncayLoss(correct_only=True) takes 1 or 0 for every sample, "
                "of shape (batch, 1), as a keras_pod.Classifier gives it; got targets "
                f"of shape {tuple(y_true.shape)}."
            )
        return push * ops.squeeze(y_true, axis=-1)


def feature_incay(weight: float = 0.1) -> dict[str, Any]:
    """Cross-entropy plus Feature Incay of the rightly classified samples.

    `L = L_softmax + weight mean_i 1[correct_i] / (||x_i||^2 + 1)` (Yuan et al. 2017).

    Args:
        weight: >= 0.

    Returns:
        `{"logits": CrossEntropyLoss(), "features": FeatureIncayLoss(weight,
        correct_only=True)}`, for `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: a negative weight.

    Example:

    >>> keras_pod.losses.feature_incay(weight=0.2)["features"].weight
    0.2
    """
    features = FeatureIncayLoss(weight, correct_only=True)
    return {"logits": CrossEntropyLoss(), "features": features}
