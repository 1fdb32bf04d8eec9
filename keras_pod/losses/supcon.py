"""SupCon: draws features of one class together, among all of the batch."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import check_positive
from keras_pod.core.replicas import whole_batch
from keras_pod.losses.base import WeightedLoss
from keras_pod.losses.cross_entropy import CrossEntropyLoss
from keras_pod.losses.pairs import class_column, mean_of, same_and_self

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

    Example:

    >>> loss = keras_pod.losses.SupConLoss(temperature=1.0)
    >>> features = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
    >>> round(float(loss(np.array([0, 0, 1]), features)), 4)
    0.6178
    """

    targets = "labels"

    def __init__(
        self, weight: float = 1.0, temperature: float = 0.1, **kwargs: Any
    ) -> None:
        super().__init__(weight, **kwargs)
        check_positive(temperature=temperature)
        self.temperature = float(temperature)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        unit = whole_batch(numerics.unit_rows(y_pred))
        same, itself = same_and_self(whole_batch(class_column(y_true)))
        scores = ops.matmul(unit, ops.transpose(unit)) / self.temperature
        scores = ops.where(itself, _NONE, scores)
        others = ops.logical_and(same, ops.logical_not(itself))
        weights = ops.cast(others, scores.dtype)
        counts = ops.sum(weights, axis=1)
        log_shares = ops.log_softmax(scores, axis=1)
        losses = -ops.sum(weights * log_shares, axis=1) / ops.maximum(counts, 1.0)
        return mean_of(self.weight * losses, counts > 0.0, y_pred)


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

    Example:

    >>> keras_pod.losses.supcon(weight=0.5)["features"].weight
    0.5
    """
    features = SupConLoss(weight, temperature)
    return {"logits": CrossEntropyLoss(), "features": features}
