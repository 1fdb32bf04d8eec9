"""The base of the heads whose scores are linear and which own something besides."""

from typing import Any

import keras
from keras import ops

from keras_pod.core import numerics
from keras_pod.core.arguments import class_count, feature_size


class LinearHead(keras.layers.Layer):
    """Linear class scores `z = x W + b`, in float32.

    It is not a `keras.layers.Dense`, which saves no weights but its own two.

    Args:
        num_classes: k, at least 2.
        use_bias: whether there is a bias.
        kernel_initializer: of W.
        dtype: float32, or float64 if it says so.
        **kwargs: those of `keras.layers.Layer`.

    Attributes:
        kernel, bias: trainable weights (n, k) and (k,).

    Raises:
        ValueError: an argument out of its range, or features that are not (batch, n).
    """

    def __init__(
        self,
        num_classes: int,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(dtype=numerics.wide_dtype(dtype), **kwargs)
        self.num_classes = class_count(num_classes)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape: tuple) -> None:
        self.kernel = self.add_weight(
            name="kernel",
            shape=(feature_size(self, input_shape), self.num_classes),
            initializer=self.kernel_initializer,
            autocast=False,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self.num_classes,),
                initializer="zeros",
                autocast=False,
            )

    def call(self, x: Any) -> Any:
        scores = ops.matmul(ops.cast(x, self.compute_dtype), self.kernel)
        return scores if self.bias is None else scores + self.bias

    def get_config(self) -> dict:
        initializer = keras.initializers.serialize(self.kernel_initializer)
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "use_bias": self.use_bias,
            "kernel_initializer": initializer,
        }
