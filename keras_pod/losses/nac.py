"""Losses on the scores of a `PEDCC` head: NaC, its relatives and PEDCC-Loss."""

import math
from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import not_negative, positive
from keras_pod.core.replicas import whole_batch
from keras_pod.losses.base import WeightedLoss, WideLoss
from keras_pod.losses.cross_entropy import cross_entropy
from keras_pod.losses.margin import AMSoftmaxLoss

# A mean squared error up to this counts as zero, where a root has no derivative.
_ZERO_ERROR = 1e-12


@keras.saving.register_keras_serializable(package="keras_pod")
class NaCLoss(WideLoss):
    """Norm-adaptive cosine loss: the squared distance of the target score from 1.

    `L = mean_i (1 - cos_Na,i)^2` with `cos_Na = x . p_y / (||x|| + delta)`
    (eq 12, 17 of Zhu & Zu 2022). The cosine comes from the `PEDCC` head, which owns
    delta; this loss only reads the score of each sample's own class.

    For one-hot or soft labels the score is `sum_j y_j * score_j`, the cosine to
    the target `y @ P`.

    Args:
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: labels, integers (batch,) or (batch, 1), or rows (batch, k). An
            integer outside 0..k-1 makes the loss NaN.
        y_pred: scores of a `PEDCC` head, (batch, k). A score of the own class beyond
            +-1.01 is no cosine and makes the loss NaN.

    Raises:
        ValueError: labels of another shape.

    >>> scores = np.array([[0.3, -0.3]])
    >>> round(float(keras_pod.losses.NaCLoss()(np.array([0]), scores)), 4)
    0.49
    """

    usual_name = "nac"
    target_only = True

    def call(self, y_true: Any, y_pred: Any) -> Any:
        cosines = numerics.target_scores(y_true, y_pred)
        return numerics.one_if_cosine(cosines) * ops.square(1.0 - cosines)


@keras.saving.register_keras_serializable(package="keras_pod")
class CosineLoss(WeightedLoss, NaCLoss):
    """Cosine Loss: the squared distance of the target cosine from 1.

    `L = weight * mean_i (1 - cos theta_i)^2` (eq 9-11 of Zhu & Zu 2022): NaC at
    delta = 0. With the weight 1 it is the loss of hyperspherical prototype networks
    (Mettes et al. 2019), with 1/2 the dot regression of the ETF classifier
    (Yang et al. 2022, "Inducing Neural Collapse in Imbalanced Learning").
    Use it with `PEDCC(..., alpha=None)`, whose scores are plain cosines; a
    `Classifier` whose head has an alpha refuses it.

    Args:
        weight: >= 0.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: labels, integers (batch,) or (batch, 1), or rows (batch, k).
        y_pred: cosines to the class centroids, (batch, k).

    Raises:
        ValueError: labels of another shape, or a negative weight.

    >>> cosines = np.array([[0.6, -0.6]])
    >>> round(float(keras_pod.losses.CosineLoss()(np.array([0]), cosines)), 4)
    0.16
    """

    plain_cosines = True

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.weight * super().call(y_true, y_pred)


@keras.saving.register_keras_serializable(package="keras_pod")
class CosineMSELoss(WideLoss):
    """Half the squared distance of a unit feature from its unit centroid.

    `L = mean_i (1 - cos theta_i) = 1/(2B) sum_i ||x_i / ||x_i|| - p_y||^2` (eq 6-8
    of Zhu & Zu 2022). Its slope in theta is sin theta: it falls again beyond 90
    degrees, which is why the paper squares it (`CosineLoss`).

    For label rows it is 1 minus the mean cosine, weighted by the labels.

    Args:
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: labels, integers (batch,) or (batch, 1), or rows (batch, k). An
            integer outside 0..k-1 makes the loss NaN.
        y_pred: cosines to the class centroids, (batch, k), of `PEDCC(alpha=None)`;
            a `Classifier` whose head has an alpha refuses the loss.

    Raises:
        ValueError: labels of another shape.

    >>> loss = keras_pod.losses.CosineMSELoss()
    >>> round(float(loss(np.array([0]), np.array([[0.6, -0.6]]))), 4)
    0.4
    """

    target_only = True
    plain_cosines = True

    def call(self, y_true: Any, y_pred: Any) -> Any:
        cosines = numerics.target_scores(y_true, y_pred)
        return numerics.one_if_cosine(cosines) * (1.0 - cosines)


@keras.saving.register_keras_serializable(package="keras_pod")
class CompetingNaCLoss(WeightedLoss):
    """NaC plus a weighted softmax cross-entropy of the scaled scores.

    `L = mean_i [(1 - s_iy)^2 - weight log( exp(scale s_iy) / sum_j exp(scale s_ij) )]`
    with the scores s of a `PEDCC` head. The first term is `NaCLoss` (eq 17 of Zhu & Zu
    2022), which looks at each sample's own class alone. The second is this library's
    addition: it pushes a feature away from the centroids of the classes that it is
    mistaken for. That helps most where classes are many and alike.

    Args:
        weight: of the cross-entropy, >= 0.
        scale: what scores are multiplied by in it, > 0.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: labels, integers (batch,) or (batch, 1), or rows (batch, k). An
            integer outside 0..k-1 makes the loss NaN.
        y_pred: scores of a `PEDCC` head, (batch, k).

    Raises:
        ValueError: labels of another shape, or an argument out of its range.

    >>> loss = keras_pod.losses.CompetingNaCLoss(weight=0.1, scale=10)
    >>> round(float(loss(np.array([0]), np.array([[0.6, 0.2]]))), 4)  # 0.16 + 0.0018
    0.1618
    """

    usual_name = "competing_nac"

    def __init__(self, weight: float = 0.1, scale: float = 16.0, **kwargs: Any) -> None:
        super().__init__(weight, **kwargs)
        self.scale = positive("scale", scale)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        nac = ops.square(1.0 - numerics.target_scores(y_true, y_pred))
        return nac + self.weight * cross_entropy(y_true, self.scale * y_pred)


@keras.saving.register_keras_serializable(package="keras_pod")
class PEDCCLoss(AMSoftmaxLoss):
    """PEDCC-Loss: AM-Softmax on cosines to fixed centroids, plus a root of their MSE.

    `L = L_AM + lam * (L_MSE)^(1 / root)`, `L_MSE = mean_i (1 - cos theta_i)` (eq 2-4
    of Zhu & Zu 2022; `AMSoftmaxLoss` and `CosineMSELoss` are the terms). Use it with
    `PEDCC(..., alpha=None)`, whose scores are plain cosines; a `Classifier` whose
    head has an alpha refuses it.

    The second term belongs to the whole batch (of all devices): every sample gets
    the same value, and sample weights only rescale it.
    Its gradient is 0 where L_MSE <= 1e-12, so that a root never meets 0.

    Args:
        margin: m >= 0; 0.5 in the paper.
        scale: s > 0; the paper does not say, 10 goes with m = 0.5 in Zhu et al. 2020.
        lam: weight of the second term, >= 0.
        root: >= 1, printed as n in eq 4.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: labels, integers (batch,) or (batch, 1), or rows (batch, k), for
            which both terms weigh the cosines by the labels.
        y_pred: cosines to the class centroids, (batch, k).

    Raises:
        ValueError: labels of another shape, or an argument out of its range.

    >>> loss = keras_pod.losses.PEDCCLoss(margin=0.5, scale=10, lam=1, root=2)
    >>> round(float(loss(np.array([0]), np.array([[0.6, 0.2]]))), 4)
    1.9457
    """

    usual_name = "pedcc_loss"

    def __init__(
        self,
        margin: float = 0.5,
        scale: float = 10.0,
        lam: float = 1.0,
        root: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(margin, scale, **kwargs)
        if not 1 <= root < math.inf:
            raise ValueError(f"`root` must be a number >= 1, got {root}.")
        self.lam = not_negative("lam", lam)
        self.root = float(root)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        errors = 1.0 - numerics.target_scores(y_true, y_pred)
        error = ops.mean(whole_batch(errors))
        return super().call(y_true, y_pred) + self.lam * self._rooted(error)

    def _rooted(self, error: Any) -> Any:
        if self.root == 1.0:
            return error
        # This way round NaN stays NaN.
        zero = error <= _ZERO_ERROR
        rooted = ops.power(ops.where(zero, 1.0, error), 1.0 / self.root)
        return ops.where(zero, 0.0, rooted)
