"""Heads with linear scores that own more: centres, a radius, a turn, class priors."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import not_negative, positive, share
from keras_pod.core.distances import rows_of_labels
from keras_pod.core.replicas import whole_batch
from keras_pod.layers.head import LinearHead


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
        super().__init__(num_classes, use_bias, kernel_initializer, **kwargs)
        self.center_rate = share("center_rate", center_rate)
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


@keras.saving.register_keras_serializable(package="keras_pod")
class RingDense(LinearHead):
    """Linear class scores, together with a learned radius for the feature norms.

    `keras_pod.losses.ring()` trains the radius (Zheng et al. 2018, "Ring loss: Convex
    Feature Normalization for Face Recognition").

    It begins at the mean feature norm of the first training batch that a
    `keras_pod.Classifier` sees, already in the loss of that batch. No backend lets a
    step set a trainable weight, so the radius is the sum of two: `initial_radius`,
    which that batch sets, and the trainable `radius_offset`, which starts at 0.

    Args:
        num_classes: k, at least 2.
        radius: a number > 0 to begin with instead of the first batch's mean norm.
        use_bias: whether the scores have a bias.
        kernel_initializer: of the scores' weights.
        **kwargs: those of `Head`.

    Called with features (batch, n), it returns scores (batch, k) in float32.

    Attributes:
        kernel, bias: trainable weights (n, k) and (k,).
        radius_offset: trainable weight (). initial_radius: weight (), not
            trainable, 0 until the first batch.

    Raises:
        ValueError: an argument out of its range.

    >>> head = keras_pod.layers.RingDense(2)
    >>> head.build((None, 2))
    >>> head.update_from_batch(None, np.array([[3.0, 4.0]]))
    >>> float(head.radius)
    5.0
    """

    def __init__(
        self,
        num_classes: int,
        radius: float | None = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, use_bias, kernel_initializer, **kwargs)
        self._given_radius = None if radius is None else positive("radius", radius)

    def build(self, input_shape: tuple) -> None:
        super().build(input_shape)
        begin = keras.initializers.Constant(self._given_radius or 0.0)
        self.initial_radius = self.state("initial_radius", initializer=begin)
        self.radius_offset = self.trained("radius_offset", (), "zeros")

    @property
    def radius(self) -> Any:
        """The norm that features are drawn to, a scalar."""
        return ops.add(self.initial_radius, self.radius_offset)

    def feature_targets(self, y: Any) -> Any:
        """The radius for every sample, (batch, 1); 0 before the first batch."""
        batch = ops.shape(ops.convert_to_tensor(y))[0]
        return ops.broadcast_to(self.radius, (batch, 1))

    def update_from_batch(self, y: Any, x: Any) -> None:
        """Set the radius by the first batch's features."""
        x = ops.cast(whole_batch(x), self.initial_radius.dtype)
        norm = ops.mean(numerics.row_norm(ops.stop_gradient(x)))
        radius = ops.convert_to_tensor(self.initial_radius)
        self.initial_radius.assign(ops.where(radius > 0, radius, norm))

    def get_config(self) -> dict:
        return {**super().get_config(), "radius": self._given_radius}


@keras.saving.register_keras_serializable(package="keras_pod")
class ComplementDense(LinearHead):
    """Linear class scores for complement objective training in two updates a batch.

    With a `keras_pod.losses.COTLoss` on its scores, a `keras_pod.Classifier` trains
    in turn by the cross-entropy and by the complement entropy, one update each, as
    published (Chen et al. 2019, "Complement Objective Training"). What is missing for
    the published method is that both see the same batch, after a forward pass of
    their own, and that each has its own momentum:

    ```
    model.compile(keras_pod.optimizers.L2SGD(0.1, alternating=2), losses.COTLoss())
    model.fit(keras_pod.data.each_batch_twice(dataset), epochs=200)
    ```

    The number of steps doubles, which a learning-rate schedule in steps has to know.
    The training loss that is logged is the mean of both terms; `evaluate` gives
    their sum.

    Args:
        num_classes: k, at least 2.
        use_bias: whether the scores have a bias.
        kernel_initializer: of the scores' weights.
        **kwargs: those of `Head`.

    Called with features (batch, n), it returns scores (batch, k) in float32.

    Attributes:
        kernel, bias: trainable weights (n, k) and (k,).
        phase: weight (), not trainable: 0 when the next training batch is for the
            cross-entropy, 1 when it is for the complement entropy.

    Raises:
        ValueError: an argument out of its range, or features that are not (batch, n).

    >>> head = keras_pod.layers.ComplementDense(2)
    >>> head.build((None, 3))
    >>> print(ops.convert_to_numpy(head.logit_targets(np.array([1]))))
    [[0. 1. 0. 0.]]
    >>> head.update_from_batch(None, None)
    >>> print(ops.convert_to_numpy(head.logit_targets(np.array([1]))))
    [[0. 0. 0. 1.]]
    """

    def build(self, input_shape: tuple) -> None:
        super().build(input_shape)
        self.phase = self.state("phase")

    def logit_targets(self, y: Any) -> Any:
        """Each label's weights in both terms of `COTLoss`, (batch, 2k)."""
        rows = numerics.label_weights(y, self.num_classes, self.compute_dtype)
        phase = ops.convert_to_tensor(self.phase)
        return ops.concatenate([(1.0 - phase) * rows, phase * rows], axis=-1)

    def update_from_batch(self, y: Any, x: Any) -> None:
        """Pass the turn to the other term."""
        self.phase.assign(1.0 - self.phase)


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
        self.tau = not_negative("tau", tau)
        if priors is not None and len(priors) != self.num_classes:
            raise ValueError(
                f"`priors` must be {self.num_classes} numbers, one for each class, got "
                f"{len(priors)}."
            )
        if priors is not None:
            priors = [positive("priors", prior) for prior in priors]
        self.priors = priors

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
