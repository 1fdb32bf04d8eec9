"""PEDCC-Loss: AM-Softmax to fixed centroids plus a root of the cosine MSE."""

import math
from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import check_not_negative
from keras_pod.core.replicas import whole_batch
from keras_pod.losses.margin import AMSoftmaxLoss

# A mean squared error up to this counts as zero, where a root has no derivative.
_ZERO_ERROR = 1e-12


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

    Example:

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
        check_not_negative(lam=lam)
        if not 1 <= root < math.inf:
            raise ValueError(f"`root` must be a number >= 1, got {root}.")
        self.lam = float(lam)
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
