"""Calibration: probabilities from class scores, as a part of the model."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_pod.core.arguments import check_positive
from keras_pod.layers.wide import WideLayer


@keras.saving.register_keras_serializable(package="keras_pod")
class Calibration(WideLayer):
    """Probabilities `softmax(z / temperature + bias)` of class scores z.

    For numbers that were fitted on held-out images (Guo et al. 2017, "On Calibration
    of Modern Neural Networks"); `keras_pod.evaluation.with_probabilities` puts them
    into a trained `keras_pod.Classifier` as its output `probabilities`. The numbers
    are part of the configuration, so a model keeps its weights and is saved and
    exported with them. A temperature alone never changes the likeliest class.

    Args:
        temperature: > 0.
        bias: a number for each class, (k,); None for none.
        **kwargs: those of `keras.layers.Layer`. The layer always computes in
            float32, or in float64 if `dtype` says so.

    Call arguments:
        logits: class scores, (batch, k).

    Returns:
        probabilities, (batch, k), float32.

    Raises:
        ValueError: a temperature that is not > 0, a bias that is not finite or not of
            the scores' size.

    Example:

    >>> layer = keras_pod.layers.Calibration(temperature=0.5)
    >>> print(ops.convert_to_numpy(layer(np.array([[0.0, 0.5493061]]))).round(3))
    [[0.25 0.75]]
    """

    def __init__(
        self,
        temperature: float = 1.0,
        bias: Sequence[float] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_positive(temperature=temperature)
        self.temperature = float(temperature)
        self.bias = None if bias is None else [float(b) for b in bias]
        if self.bias is not None and not all(map(math.isfinite, self.bias)):
            raise ValueError(f"`bias` must be finite numbers, got {bias}.")

    def build(self, input_shape: tuple) -> None:
        if self.bias is not None and len(self.bias) != input_shape[-1]:
            raise ValueError(
                f"`bias` has {len(self.bias)} numbers, but there are "
                f"{input_shape[-1]} classes."
            )
        super().build(input_shape)

    def call(self, logits: Any) -> Any:
        z = ops.cast(logits, self.compute_dtype) / self.temperature
        if self.bias is not None:
            z = z + ops.convert_to_tensor(self.bias, dtype=z.dtype)
        return ops.softmax(z)
