"""Batch-hard triplet loss: the farthest of one's class against the nearest other."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import check_not_negative, given
from keras_pod.core.distances import squared_distances
from keras_pod.core.replicas import whole_batch
from keras_pod.losses.base import WeightedLoss
from keras_pod.losses.cross_entropy import CrossEntropyLoss
from keras_pod.losses.pairs import class_column, mean_of, same_and_self


@keras.saving.register_keras_serializable(package="keras_pod")
class BatchHardTripletLoss(WeightedLoss):
    """Triplet loss of each sample with its hardest positive and negative.

    `L = weight * mean_i log(1 + exp(g_i))`, or `max(0, margin + g_i)` with a margin,
    `g_i = max_{p: y_p = y_i, p != i} ||x_i - x_p|| - min_{n: y_n != y_i} ||x_i - x_n||`
    (eq 5 of Hermans et al. 2017, "In Defense of the Triplet Loss for Person
    Re-Identification"). The mean is over samples that have both in the batch, and 0
    if none has: `keras_pod.data.class_balanced_batches` makes batches where all have.

    The value belongs to the whole batch (of all devices) and is the same for each of
    its samples.

    Args:
        weight: >= 0.
        margin: >= 0; None is the soft margin, which the paper prefers.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: labels, integers (batch,) or (batch, 1), or rows (batch, k), of which
            the largest entry counts.
        y_pred: features, (batch, n), as they are: not divided by their norms.

    Raises:
        ValueError: labels of another shape, or an argument out of its range.

    Example:

    >>> loss = keras_pod.losses.BatchHardTripletLoss(margin=0.5)
    >>> features = np.array([[0.0], [1.0], [3.0], [4.0]])
    >>> float(loss(np.array([0, 0, 1, 1]), features))  # of 0, 0, 0 and 0
    0.0
    >>> float(loss(np.array([0, 1, 0, 1]), features))  # of 2.5 four times
    2.5
    """

    usual_name = "batch_hard_triplet"

    targets = "labels"

    def __init__(
        self, weight: float = 1.0, margin: float | None = None, **kwargs: Any
    ) -> None:
        super().__init__(weight, **kwargs)
        check_not_negative(**given(margin=margin))
        self.margin = None if margin is None else float(margin)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        x = whole_batch(numerics.to_wide(y_pred))
        same, itself = same_and_self(whole_batch(class_column(y_true)))
        others = ops.logical_and(same, ops.logical_not(itself))
        far = squared_distances(ops.stop_gradient(x), ops.stop_gradient(x))
        # The pairs are chosen first: their distances are then exact, and the gradient
        # is of these alone.
        positive = ops.argmax(ops.where(others, far, -1.0), axis=1)
        negative = ops.argmin(ops.where(same, float("inf"), far), axis=1)
        gaps = _distances(x, positive) - _distances(x, negative)
        losses = ops.softplus(gaps)
        if self.margin is not None:
            losses = ops.relu(self.margin + gaps)
        has_both = ops.logical_and(
            ops.any(others, axis=1), ops.logical_not(ops.all(same, axis=1))
        )
        return mean_of(self.weight * losses, has_both, y_pred)


def _distances(x: Any, other: Any) -> Any:
    """The distance of each row of x to another of its rows, (batch,)."""
    return ops.squeeze(numerics.row_norm(x - ops.take(x, other, axis=0)), axis=-1)


def triplet(weight: float = 1.0, margin: float | None = None) -> dict[str, Any]:
    """Cross-entropy plus the batch-hard triplet loss on the features.

    `L = L_softmax + weight * L_triplet`, as person re-identification trains since
    Hermans et al. 2017, who have the second term alone.

    Args:
        weight: >= 0.
        margin: >= 0; None is the soft margin.

    Returns:
        `{"logits": CrossEntropyLoss(), "features": BatchHardTripletLoss(weight,
        margin)}`, for `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: an argument out of its range.

    Example:

    >>> keras_pod.losses.triplet(margin=0.2)["features"].margin
    0.2
    """
    features = BatchHardTripletLoss(weight, margin)
    return {"logits": CrossEntropyLoss(), "features": features}
