"""The head of Center Loss: linear scores and moving class centres."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.distances import rows_of_labels
from keras_pod.core.replicas import whole_batch
from keras_pod.layers.linear_head import LinearHead


@keras.saving.register_keras_serializable(package="keras_pod")
class CenterDense(LinearHead):
    """Linear class scores, together with a moving centre of each class's features.

    No gradient trains the centres; a
    `keras_pod.Classifier` moves them with every training batch,
    `c_j <- c_j - a sum_i 1[y_i = j] (c_j - x_i) / (1 + sum_i 1[y_i = j])`
    (Wen et al. 2016, "A Discriminative Feature Learning Approach for Deep Face
    Recognition"). A class that the batch does not hold stays where it is; soft
    labels take the place of the indicator. Train with `keras_pod.losses.center()`.
    On several devices the batch is that of all of them.

    Args:
        num_classes: k, at least 2.
        center_rate: a, from 0 (fixed centres) to 1.
        centers_initializer: where the centres begin.
        use_bias: whether the scores have a bias.
        kernel_initializer: of the scores' weights.
        **kwargs: those of `Head`.

    Called with features (batch, n), it returns scores (batch, k) in float32.

    Attributes:
        kernel, bias: trainable weights (n, k) and (k,).
        centers: weight (k, n), not trainable.

    Raises:
        ValueError: an argument out of its range.

    Example:

    >>> head = keras_pod.layers.CenterDense(2, center_rate=0.5)
    >>> head.build((None, 2))
    >>> head.update_from_batch(np.array([1]), np.array([[4.0, 8.0]], "float32"))
    >>> ops.convert_to_numpy(head.centers).tolist()
    [[0.0, 0.0], [1.0, 2.0]]
    """

    def __init__(
        self,
        num_classes: int,
        center_rate: float = 0.5,
        centers_initializer: Any = "zeros",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        if not 0 <= center_rate <= 1:
            raise ValueError(f"`center_rate` must be from 0 to 1, got {center_rate}.")
        super().__init__(num_classes, use_bias, kernel_initializer, **kwargs)
        self.center_rate = float(center_rate)
        self.centers_initializer = keras.initializers.get(centers_initializer)

    def build(self, input_shape: tuple) -> None:
        super().build(input_shape)
        shape = (self.num_classes, input_shape[-1])
        self.centers = self.state("centers", shape, self.centers_initializer)

    def feature_targets(self, y: Any) -> Any:
        """The centre of each label's class, (batch, n), a constant for training."""
        return ops.stop_gradient(rows_of_labels(y, self.centers))

    def class_vectors(self) -> np.ndarray | None:
        return ops.convert_to_numpy(self.centers)

    def update_from_batch(self, y: Any, x: Any) -> None:
        """Move the centres towards the batch's features."""
        y, x = whole_batch(y), whole_batch(x)
        x = ops.stop_gradient(ops.cast(x, self.centers.dtype))
        weights = numerics.label_weights(y, self.num_classes, self.centers.dtype)
        weights = ops.transpose(weights)
        counts = ops.sum(weights, axis=1, keepdims=True)
        pull = counts * self.centers - ops.matmul(weights, x)
        self.centers.assign(self.centers - self.center_rate * pull / (1.0 + counts))
