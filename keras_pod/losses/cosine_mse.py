"""The squared distance of unit features from their class centroids, as a cosine."""

from typing import Any

import keras

from keras_pod.core import numerics
from keras_pod.losses.base import WideLoss


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

    Example:

    >>> loss = keras_pod.losses.CosineMSELoss()
    >>> round(float(loss(np.array([0]), np.array([[0.6, -0.6]]))), 4)
    0.4
    """

    usual_name = "cosine_mse"

    target_only = True
    plain_cosines = True

    def call(self, y_true: Any, y_pred: Any) -> Any:
        cosines = numerics.target_scores(y_true, y_pred)
        return numerics.one_if_cosine(cosines) * (1.0 - cosines)
