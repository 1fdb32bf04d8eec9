"""Losses that compare a batch's features with each other: SupCon and triplets."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import feature_size, not_negative, positive
from keras_pod.core.distances import squared_distances
from keras_pod.core.replicas import whole_batch
from keras_pod.losses.base import WeightedLoss
from keras_pod.losses.cross_entropy import CrossEntropyLoss

# What stands for the cosine of a feature with itself: its exponential is 0.
_NONE = -1e9


@keras.saving.register_keras_serializable(package="keras_pod")
class SupConLoss(WeightedLoss):
    """Supervised contrastive loss of unit features.

    `L = weight * mean_i -1/|P_i| sum_{p in P_i} log( exp(cos_ip / tau) /
    sum_{a != i} exp(cos_ia / tau) )` with P_i the other samples of i's class in the
    batch (eq 2 of Khosla et al. 2020, "Supervised Contrastive Learning"; L_out). The
    paper's batch has two views of every image; here every image may have as many as
    the batch has. The mean is over samples with another one of their class, and 0 if
    there is none: `keras_pod.data.class_balanced_batches` makes batches where all
    have.

    The value belongs to the whole batch (of all devices) and is the same for each of
    its samples.

    Args:
        weight: >= 0.
        temperature: tau > 0; 0.1 in the paper.
        **kwargs: `reduction`, `name` and `dtype`, float32 (default) or float64.

    Call arguments:
        y_true: labels, integers (batch,) or (batch, 1), or rows (batch, k), of which
            the largest entry counts.
        y_pred: features, (batch, n), of any norm. A zero feature has cosines of 0.

    Raises:
        ValueError: labels of another shape, or an argument out of its range.

    >>> loss = keras_pod.losses.SupConLoss(temperature=1.0)
    >>> features = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
    >>> round(float(loss(np.array([0, 0, 1]), features)), 4)
    0.6178
    """

    usual_name = "supcon"
    targets = "labels"

    def __init__(
        self, weight: float = 1.0, temperature: float = 0.1, **kwargs: Any
    ) -> None:
        super().__init__(weight, **kwargs)
        self.temperature = positive("temperature", temperature)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        feature_size(self, y_pred.shape)
        unit = whole_batch(numerics.unit_rows(y_pred))
        same, itself = _same_and_self(whole_batch(_class_column(y_true)))
        scores = ops.matmul(unit, ops.transpose(unit)) / self.temperature
        scores = ops.where(itself, _NONE, scores)
        others = ops.logical_and(same, ops.logical_not(itself))
        weights = ops.cast(others, scores.dtype)
        counts = ops.sum(weights, axis=1)
        log_shares = ops.log_softmax(scores, axis=1)
        losses = -ops.sum(weights * log_shares, axis=1) / ops.maximum(counts, 1.0)
        return _mean_of(self.weight * losses, counts > 0.0, y_pred)


def supcon(weight: float = 1.0, temperature: float = 0.1) -> dict[str, Any]:
    """Cross-entropy plus SupCon on the features, in one training.

    `L = L_softmax + weight * L_SupCon`. Khosla et al. 2020 train the features first,
    and a linear classifier on them afterwards.

    Args:
        weight: >= 0.
        temperature: tau > 0.

    Returns:
        `{"logits": CrossEntropyLoss(), "features": SupConLoss(weight, temperature)}`,
        for `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: an argument out of its range.

    >>> keras_pod.losses.supcon(weight=0.5)["features"].weight
    0.5
    """
    features = SupConLoss(weight, temperature)
    return {"logits": CrossEntropyLoss(), "features": features}


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

    >>> loss = keras_pod.losses.BatchHardTripletLoss(margin=0.5)
    >>> features = np.array([[0.0], [1.0], [3.0], [4.0]])
    >>> float(loss(np.array([0, 0, 1, 1]), features))  # of 0, 0, 0 and 0
    0.0
    >>> float(loss(np.array([0, 1, 0, 1]), features))  # of 2.5 four times
    2.5
    """

    targets = "labels"

    def __init__(
        self, weight: float = 1.0, margin: float | None = None, **kwargs: Any
    ) -> None:
        super().__init__(weight, **kwargs)
        self.margin = None if margin is None else not_negative("margin", margin)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        feature_size(self, y_pred.shape)
        x = whole_batch(numerics.to_wide(y_pred))
        same, itself = _same_and_self(whole_batch(_class_column(y_true)))
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
        return _mean_of(self.weight * losses, has_both, y_pred)


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

    >>> keras_pod.losses.triplet(margin=0.2)["features"].margin
    0.2
    """
    features = BatchHardTripletLoss(weight, margin)
    return {"logits": CrossEntropyLoss(), "features": features}


def _distances(x: Any, other: Any) -> Any:
    """The distance of each row of x to another of its rows, (batch,)."""
    return ops.squeeze(numerics.row_norm(x - ops.take(x, other, axis=0)), axis=-1)


def _class_column(y_true: Any) -> Any:
    """Each label's class as a column, (batch, 1); of rows their largest entry."""
    y_true = ops.convert_to_tensor(y_true)
    num_classes = y_true.shape[-1]
    if numerics.is_label_rows(y_true.shape, num_classes) and num_classes != 1:
        y_true = ops.argmax(y_true, axis=1)
    return ops.reshape(y_true, (-1, 1))


def _same_and_self(y: Any) -> tuple[Any, Any]:
    """Masks of the pairs of one class, and of one sample, both (batch, batch).

    >>> same, itself = _same_and_self(np.array([[3], [1], [3]]))
    >>> ops.convert_to_numpy(same & ~itself).astype(int).tolist()
    [[0, 0, 1], [0, 0, 0], [1, 0, 0]]
    """
    place = ops.arange(ops.shape(y)[0])
    itself = ops.equal(ops.expand_dims(place, 0), ops.expand_dims(place, 1))
    return ops.equal(y, ops.transpose(y)), itself


def _mean_of(losses: Any, counts: Any, features: Any) -> Any:
    """The mean of the losses that count, or 0, for every sample of this device.

    The losses, (batch,), are of the whole batch, the features of this device's part.
    """
    counts = ops.cast(counts, losses.dtype)
    # A product, so that NaN stays NaN.
    value = ops.sum(losses * counts) / ops.maximum(ops.sum(counts), 1.0)
    return ops.broadcast_to(value, (ops.shape(features)[0],))
