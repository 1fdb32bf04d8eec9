"""LogitAdjustedDense: linear scores, trained with the classes' frequencies added."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import check_not_negative, check_positive
from keras_pod.core.replicas import whole_batch
from keras_pod.layers.linear_head import LinearHead


@keras.saving.register_keras_serializable(package="keras_pod")
class LogitAdjustedDense(LinearHead):
    """Linear class scores for training images of which some classes have few.

    In training the loss gets `z_j + tau log pi_j` with the class priors pi, while
    predictions and metrics see the scores z: with a softmax cross-entropy the logit
    adjusted loss (Menon et al. 2021, "Long-Tail Learning via Logit Adjustment", eq
    10). Its minimum is right for test images that have all classes alike, where a
    rare class would otherwise lose to a frequent one.

    Without `priors` the layer counts the labels that it is trained on, those of all
    devices: a `keras_pod.Classifier` tells it every batch. A batch counts after its
    own loss, one image of each class is counted beforehand, and after an epoch the
    priors are those of the data.

    Args:
        num_classes: k, at least 2.
        tau: >= 0; 1 in the paper, 0 is the plain cross-entropy.
        priors: k numbers > 0, the frequencies of the classes or their numbers of
            training images; None counts.
        use_bias: whether the scores have a bias.
        kernel_initializer: of the scores' weights.
        **kwargs: those of `Head`.

    Called with features (batch, n), it returns scores (batch, k) in float32.

    Attributes:
        kernel, bias: trainable weights (n, k) and (k,).
        shares, seen: weights (k,) and (), not trainable: what part of the labels so
            far was of each class, and how many there were.

    Raises:
        ValueError: an argument out of its range.

    Example:

    >>> head = keras_pod.layers.LogitAdjustedDense(2, priors=[99, 1])
    >>> head.build((None, 3))
    >>> logits = head.training_logits([0], np.zeros((1, 3)))
    >>> print(ops.convert_to_numpy(logits).round(3))
    [[-0.01  -4.605]]
    """

    def __init__(
        self,
        num_classes: int,
        tau: float = 1.0,
        priors: Sequence[float] | None = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, use_bias, kernel_initializer, **kwargs)
        check_not_negative(tau=tau)
        self.tau = float(tau)
        self.priors = None if priors is None else [float(p) for p in priors]
        if self.priors is not None:
            if len(self.priors) != self.num_classes:
                raise ValueError(
                    f"`priors` must be {self.num_classes} numbers, one for each class, "
                    f"got {len(self.priors)}."
                )
            for prior in self.priors:
                check_positive(priors=prior)

    def build(self, input_shape: tuple) -> None:
        super().build(input_shape)
        self.shares = self.state("shares", (self.num_classes,))
        self.seen = self.state("seen")

    def training_logits(self, y: Any, x: Any) -> Any:
        return self.call(x) + self.tau * ops.log(self._known_priors())

    def _known_priors(self) -> Any:
        """The priors, (k,), given or counted."""
        if self.priors is not None:
            given = np.array(self.priors)
            return ops.convert_to_tensor(given / given.sum(), self.compute_dtype)
        counts = self.shares * self.seen
        return (counts + 1.0) / (ops.convert_to_tensor(self.seen) + self.num_classes)

    def update_from_batch(self, y: Any, x: Any) -> None:
        """Count the batch's labels."""
        rows = numerics.label_weights(y, self.num_classes, self.compute_dtype)
        rows = whole_batch(rows)
        count = ops.cast(ops.shape(rows)[0], self.compute_dtype)
        # As a mean: float32 cannot count beyond 2^24.
        rate = count / ops.maximum(self.seen + count, 1.0)
        self.shares.assign(
            self.shares + rate * (ops.sum(rows, axis=0) / count - self.shares)
        )
        self.seen.assign(self.seen + count)
