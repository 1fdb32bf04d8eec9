"""Losses on the norms of features: Ring Loss, Feature Incay and MagFace's term."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import positive
from keras_pod.core.replicas import whole_batch
from keras_pod.losses.base import WeightedLoss
from keras_pod.losses.cross_entropy import CrossEntropyLoss


@keras.saving.register_keras_serializable(package="keras_pod")
class RingLoss(WeightedLoss):
    """Half the weighted squared distance of feature norms from the radius.

    `L = (weight / 2) mean_i (||x_i|| - R)^2` (Zheng et al. 2018). The `RingDense`
    head owns R, which this loss trains through `y_true`; it begins as the mean norm
    of the first batch, which for that batch this loss finds itself.

    Args:
        weight: >= 0; about 0.01 in the paper.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: the radius for every sample, (batch, 1). 0 is not set yet: the mean
            norm of the batch, of all devices, takes its place as a constant.
        y_pred: features, (batch, n). A zero feature gets no gradient.

    Raises:
        ValueError: a negative weight, or targets that are not (batch, 1).

    >>> loss = keras_pod.losses.RingLoss(weight=1.0)
    >>> float(loss(np.array([[3.0]]), np.array([[3.0, 4.0]])))
    2.0
    """

    def __init__(self, weight: float = 0.01, **kwargs: Any) -> None:
        super().__init__(weight, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        if y_true.shape[-1] != 1:
            raise ValueError(
                "RingLoss takes the radius for every sample, of shape (batch, 1), as "
                "a keras_pod.layers.RingDense head gives it; got targets of shape "
                f"{tuple(y_true.shape)}."
            )
        norm = numerics.row_norm(y_pred)
        mean = ops.stop_gradient(ops.mean(whole_batch(norm)))
        gap = norm - ops.where(ops.equal(y_true, 0), mean, y_true)
        return 0.5 * self.weight * ops.squeeze(ops.square(gap), axis=-1)


def ring(weight: float = 0.01) -> dict[str, Any]:
    """Cross-entropy plus Ring Loss, for a model with a `RingDense` head.

    `L = L_softmax + (weight / 2) mean_i (||x_i|| - R)^2` (Zheng et al. 2018).

    Args:
        weight: >= 0.

    Returns:
        `{"logits": CrossEntropyLoss(), "features": RingLoss(weight)}`, for
        `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: a negative weight.

    >>> keras_pod.losses.ring(weight=0.02)["features"].weight
    0.02
    """
    return {"logits": CrossEntropyLoss(), "features": RingLoss(weight)}


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

    >>> loss = keras_pod.losses.FeatureIncayLoss(weight=1.0)
    >>> round(float(loss(np.zeros(1), np.array([[0.0, 3.0]]))), 4)
    0.1
    """

    def __init__(
        self,
        weight: float = 0.1,
        power: float = 2.0,
        epsilon: float = 1.0,
        correct_only: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight, **kwargs)
        self.power = positive("power", power)
        self.epsilon = positive("epsilon", epsilon)
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

    >>> keras_pod.losses.feature_incay(weight=0.2)["features"].weight
    0.2
    """
    features = FeatureIncayLoss(weight, correct_only=True)
    return {"logits": CrossEntropyLoss(), "features": features}


@keras.saving.register_keras_serializable(package="keras_pod")
class MagFaceNormLoss(WeightedLoss):
    """The regulariser of MagFace: it falls as a feature's norm grows to its limit.

    `L = weight * mean_i (1 / a_i + a_i / u_a^2)` with a_i the norm of feature i,
    clipped to [l_a, u_a] (eq 4 of Meng et al. 2021, "MagFace"; lambda_g is the
    weight). A norm outside of the limits gets no gradient.

    Args:
        weight: lambda_g, >= 0; 35 in the paper, beside a scale of 64.
        low_norm, high_norm: l_a and u_a, 0 < l_a < u_a.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: ignored.
        y_pred: features, (batch, n).

    Raises:
        ValueError: an argument out of its range.

    >>> loss = keras_pod.losses.MagFaceNormLoss(weight=1.0)
    >>> round(float(loss(np.zeros(1), np.array([[12.0, 16.0]]))), 4)  # a = 20
    0.0517
    """

    usual_name = "magface_norm"
    targets = "none"

    def __init__(
        self,
        weight: float = 35.0,
        low_norm: float = 10.0,
        high_norm: float = 110.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight, **kwargs)
        self.low_norm, self.high_norm = norm_limits(low_norm, high_norm)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        norms = ops.squeeze(numerics.row_norm(y_pred), axis=-1)
        norms = ops.clip(norms, self.low_norm, self.high_norm)
        return self.weight * (1.0 / norms + norms / self.high_norm**2)


def magface(
    scale: float = 64.0,
    weight: float = 35.0,
    low_norm: float = 10.0,
    high_norm: float = 110.0,
) -> dict[str, Any]:
    """Cross-entropy plus MagFace's term on norms, for a `MagFaceDense` head.

    `L = L_softmax(s cos) + weight * mean_i (1 / a_i + a_i / u_a^2)` (Meng et al.
    2021); the head adds the margin m(a_i).

    Args:
        scale: s > 0.
        weight: lambda_g, >= 0.
        low_norm, high_norm: l_a and u_a, as those of the head.

    Returns:
        `{"logits": CrossEntropyLoss(scale), "features": MagFaceNormLoss(...)}`, for
        `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: an argument out of its range.

    >>> keras_pod.losses.magface(weight=20)["features"].weight
    20.0
    """
    features = MagFaceNormLoss(weight, low_norm, high_norm)
    return {"logits": CrossEntropyLoss(scale), "features": features}


def norm_limits(low_norm: float, high_norm: float) -> tuple[float, float]:
    """Return both as `float`; raise ValueError unless 0 < low_norm < high_norm."""
    low, high = positive("low_norm", low_norm), positive("high_norm", high_norm)
    if low >= high:
        raise ValueError(
            f"`low_norm` must be below `high_norm`, got {low_norm} and {high_norm}."
        )
    return low, high
