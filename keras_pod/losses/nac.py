"""Cosine Loss and NaC, the norm-adaptive cosine loss: both act on class scores."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.losses.base import WeightedLoss, WideLoss


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

    Example:

    >>> scores = np.array([[0.3, -0.3]])
    >>> round(float(keras_pod.losses.NaCLoss()(np.array([0]), scores)), 4)
    0.49
    """

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

    Example:

    >>> cosines = np.array([[0.6, -0.6]])
    >>> round(float(keras_pod.losses.CosineLoss()(np.array([0]), cosines)), 4)
    0.16
    """

    plain_cosines = True

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.weight * super().call(y_true, y_pred)
