"""Scaled batch-normalised logits: class scores of mean 0 and one chosen spread."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import check_one_of, positive, share
from keras_pod.core.replicas import whole_batch
from keras_pod.layers.head import WideLayer


@keras.saving.register_keras_serializable(package="keras_pod")
class ScaledBatchNormalization(WideLayer):
    """Batch normalisation of class scores to a fixed standard deviation.

    `Z'_j = scale (Z_j - E[Z_j]) / sqrt(Var[Z_j] + epsilon)`, each class over the
    batch (eq 9 of Zhu et al. 2020, "Improving Classification Performance of Softmax
    Loss Function Based on Scalable Batch-Normalization"; the learned gamma and beta
    of its eq 4 are left out). Put it after the layer that makes the scores: the bias
    of that layer and the length of its weights then have no effect. At inference
    the moving mean and variance take the batch's place; they change the largest
    score, so the layer stays in the model.

    In training, a batch of one has no statistics and is normalised by the moving
    ones. A variance beyond float32 makes NaN of the scores.

    Args:
        scale: standard deviation of the scores, > 0; 0.8 to 1 in the paper.
        momentum: of the moving averages, from 0 to 1. `keras` has 0.99 by default;
            0.9 is the paper's framework's.
        epsilon: added to the variance, > 0.
        sync: with `tf.distribute`, "global" for the statistics of the whole batch,
            as on one device, or "replica" for those of each replica's own part, as
            `keras.layers.BatchNormalization` without `synchronized`. On JAX they are
            always the whole batch's.
        **kwargs: those of `keras.layers.Layer`. The layer always computes in
            float32, or in float64 if `dtype` says so.

    Call arguments:
        scores: (batch, k).
        training: whether to use the batch's statistics and move the averages.

    Returns:
        scores, (batch, k), float32.

    Attributes:
        moving_mean, moving_variance: weights (k,), not trainable.

    Raises:
        ValueError: an argument out of its range, or scores that are not (batch, k).

    >>> layer = keras_pod.layers.ScaledBatchNormalization(scale=0.8)
    >>> scores = layer(np.array([[1.0, 2.0], [3.0, 2.5], [5.0, 0.0]]), training=True)
    >>> print(ops.convert_to_numpy(scores).round(2))
    [[-0.98  0.37]
     [ 0.    0.74]
     [ 0.98 -1.11]]
    """

    # A loss on cosines is refused after it, as after a `Head` that says so.
    gives_cosines = False

    def __init__(
        self,
        scale: float = 1.0,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        sync: str = "global",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.scale = positive("scale", scale)
        self.momentum = share("momentum", momentum)
        self.epsilon = positive("epsilon", epsilon)
        check_one_of("sync", sync, ("global", "replica"))
        self.sync = sync

    def build(self, input_shape: tuple) -> None:
        if len(input_shape) != 2 or input_shape[-1] is None:
            raise ValueError(
                "ScaledBatchNormalization takes class scores of shape (batch, k), "
                f"got {tuple(input_shape)}."
            )
        shape = (input_shape[-1],)
        self.moving_mean = self.state("moving_mean", shape)
        self.moving_variance = self.state("moving_variance", shape, "ones")

    def call(self, scores: Any, training: bool = False) -> Any:
        scores = ops.cast(scores, self.compute_dtype)
        mean = ops.convert_to_tensor(self.moving_mean)
        variance = ops.convert_to_tensor(self.moving_variance)
        if training:
            batch = whole_batch(scores) if self.sync == "global" else scores
            one = ops.shape(batch)[0] < 2
            batch_mean, batch_variance = ops.moments(batch, axes=0)
            mean = ops.where(one, mean, batch_mean)
            variance = ops.where(one, variance, batch_variance)
            self._move(self.moving_mean, mean)
            self._move(self.moving_variance, variance)
        variance = numerics.nan_if_infinite(variance)
        return self.scale * (scores - mean) * ops.rsqrt(variance + self.epsilon)

    def _move(self, moving: keras.Variable, value: Any) -> None:
        step = (1.0 - self.momentum) * (ops.stop_gradient(value) - moving)
        moving.assign(moving + step)
