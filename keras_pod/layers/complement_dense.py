"""The head of COT in two updates: linear scores, and whose turn it is."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.layers.linear_head import LinearHead


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

    Example:

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
