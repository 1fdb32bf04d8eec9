"""Losses that draw features to a centre, a prototype or a Gaussian of their class."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import not_negative
from keras_pod.losses.base import WeightedLoss
from keras_pod.losses.cross_entropy import CrossEntropyLoss, cross_entropy


@keras.saving.register_keras_serializable(package="keras_pod")
class CenterLoss(WeightedLoss):
    """Half the weighted squared distance of features from their class centres.

    `L = (weight / 2) mean_i ||x_i - c_{y_i}||^2` (Wen et al. 2016, which sums over
    the batch where this takes the mean). The `CenterDense` head owns the centres.

    Args:
        weight: >= 0; 0.003 in the paper's experiments on faces.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: the centre of each sample's class, (batch, n).
        y_pred: features, (batch, n).

    Raises:
        ValueError: a negative weight, or centres and features of different sizes.

    >>> loss = keras_pod.losses.CenterLoss(weight=1.0)
    >>> float(loss(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]])))
    12.5
    """

    def __init__(self, weight: float = 0.003, **kwargs: Any) -> None:
        super().__init__(weight, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        if y_true.shape[-1] != y_pred.shape[-1]:
            raise ValueError(
                "CenterLoss takes the centre of each sample's class, as a "
                "keras_pod.layers.CenterDense head gives it; got targets of shape "
                f"{tuple(y_true.shape)} for features of shape {tuple(y_pred.shape)}."
            )
        return 0.5 * self.weight * ops.sum(ops.square(y_pred - y_true), axis=-1)


def center(weight: float = 0.003) -> dict[str, Any]:
    """Cross-entropy plus Center Loss, for a model with a `CenterDense` head.

    `L = L_softmax + (weight / 2) mean_i ||x_i - c_{y_i}||^2` (Wen et al. 2016).

    Args:
        weight: >= 0.

    Returns:
        `{"logits": CrossEntropyLoss(), "features": CenterLoss(weight)}`, for
        `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: a negative weight.

    >>> keras_pod.losses.center(weight=0.01)["features"].weight
    0.01
    """
    return {"logits": CrossEntropyLoss(), "features": CenterLoss(weight)}


@keras.saving.register_keras_serializable(package="keras_pod")
class PrototypeLoss(WeightedLoss):
    """Weighted squared distance of features from the nearest prototype of their class.

    `L = weight * mean_i min_m ||x_i - w_{y_i m}||^2` (Yang et al. 2018). It moves the
    features and, through `y_true`, the prototypes of a `PrototypeLogits` head.

    Args:
        weight: >= 0.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: the M prototypes of each sample's class, (batch, M * n).
        y_pred: features, (batch, n).

    Raises:
        ValueError: a negative weight, or targets whose size no multiple of n is.

    >>> loss = keras_pod.losses.PrototypeLoss(weight=1.0)
    >>> float(loss(np.array([[9.0, 9, 3, 0]]), np.array([[0.0, 0]])))
    9.0
    """

    def __init__(self, weight: float = 0.01, **kwargs: Any) -> None:
        super().__init__(weight, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        dim = y_pred.shape[-1]
        if y_true.shape[-1] % dim:
            raise ValueError(
                "PrototypeLoss takes the prototypes of each sample's class, of shape "
                f"(batch, M * {dim}), as a keras_pod.layers.PrototypeLogits head gives "
                f"them; got {tuple(y_true.shape)}."
            )
        prototypes = ops.reshape(y_true, (-1, y_true.shape[-1] // dim, dim))
        gaps = ops.expand_dims(y_pred, 1) - prototypes
        nearest = ops.min(ops.sum(ops.square(gaps), axis=-1), axis=-1)
        return self.weight * nearest


def g_cpl(weight: float = 0.01) -> dict[str, Any]:
    """Generalised convolutional prototype learning, for a `PrototypeLogits` head.

    `L = L_softmax + weight * mean_i min_m ||x_i - w_{y_i m}||^2` (Yang et al. 2018).

    Args:
        weight: >= 0; 0 is CPL.

    Returns:
        `{"logits": CrossEntropyLoss(), "features": PrototypeLoss(weight)}`, for
        `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: a negative weight.

    >>> keras_pod.losses.g_cpl(weight=0.1)["features"].weight
    0.1
    """
    return {"logits": CrossEntropyLoss(), "features": PrototypeLoss(weight)}


def lgm(margin: float = 0.1, weight: float = 0.1) -> dict[str, Any]:
    """The large-margin Gaussian mixture loss, for a `GaussianMixture` head.

    `L = L_cls + weight * L_lkd` (Wan et al. 2018).

    Args:
        margin: of the classification term, >= 0.
        weight: of the likelihood term, >= 0.

    Returns:
        `{"logits": LGMLoss(margin), "features": GaussianLikelihoodLoss(weight)}`,
        for `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: a negative margin or weight.

    >>> keras_pod.losses.lgm(margin=0.3)["logits"].margin
    0.3
    """
    return {"logits": LGMLoss(margin), "features": GaussianLikelihoodLoss(weight)}


@keras.saving.register_keras_serializable(package="keras_pod")
class LGMLoss(CrossEntropyLoss):
    """Cross-entropy of Gaussian log densities with a margin on the right class.

    The right class's `z_y = -g_y` becomes `-(1 + margin) g_y` (Wan et al. 2018); the
    scores themselves, and so predictions, are without it. With the "identity" and
    "shared" covariances of `GaussianMixture` the scores are `-g` and this is exact.
    With "diagonal" they also hold `-(1/2) log det S_y`, which the margin then
    enlarges too; it never raises a positive score.

    Args:
        margin: >= 0.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: labels, integers (batch,) or (batch, 1), or rows (batch, k).
        y_pred: scores of a `GaussianMixture` head, (batch, k).

    Raises:
        ValueError: a negative margin, or labels of another shape.

    >>> scores = np.array([[-1.0, -2.0]])
    >>> loss = keras_pod.losses.LGMLoss(margin=1.0)(np.array([0]), scores)
    >>> round(float(loss), 4)  # both are -2 with the margin: log 2
    0.6931
    """

    def __init__(self, margin: float = 0.1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.margin = not_negative("margin", margin)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        logits = numerics.with_margin(
            y_true, y_pred, lambda z: z + self.margin * ops.minimum(z, 0.0)
        )
        return cross_entropy(y_true, logits)


@keras.saving.register_keras_serializable(package="keras_pod")
class GaussianLikelihoodLoss(WeightedLoss):
    """Weighted negative log likelihood of features under their class's Gaussian.

    `L = weight * mean_i (g_y + (1/2) log det S_y)`, constants left out (Wan et al.
    2018). It moves the features and, through `y_true`, the Gaussians of a
    `GaussianMixture` head.

    Args:
        weight: lambda, >= 0; 0.1 in the paper.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: the mean of each sample's class, (batch, n), or (batch, 2 n) with the
            log variances behind it.
        y_pred: features, (batch, n).

    Raises:
        ValueError: a negative weight, or targets of another size.

    >>> loss = keras_pod.losses.GaussianLikelihoodLoss(weight=1.0)
    >>> float(loss(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]])))
    12.5
    """

    def __init__(self, weight: float = 0.1, **kwargs: Any) -> None:
        super().__init__(weight, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        dim = y_pred.shape[-1]
        if y_true.shape[-1] not in (dim, 2 * dim):
            raise ValueError(
                "GaussianLikelihoodLoss takes means, or means and log variances, of "
                f"shape (batch, {dim}) or (batch, {2 * dim}), as a "
                "keras_pod.layers.GaussianMixture head gives them; got "
                f"{tuple(y_true.shape)}."
            )
        terms = ops.square(y_pred - y_true[:, :dim])
        if y_true.shape[-1] == 2 * dim:
            log_variances = y_true[:, dim:]
            terms = terms * ops.exp(-log_variances) + log_variances
        return 0.5 * self.weight * ops.sum(terms, axis=-1)
