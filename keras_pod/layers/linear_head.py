"""The base of the heads whose scores are linear and which own something besides."""

from typing import Any

import numpy as np
from keras import ops

from keras_pod.core.arguments import feature_size
from keras_pod.layers.head import Head


class LinearHead(Head):
    """Linear class scores `z = x W + b`, in float32.

    It is no `keras.layers.Dense`, which saves no weights but its own two.
    """

    gives_cosines = False

    def __init__(
        self,
        num_classes: int,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, kernel_initializer, **kwargs)
        self.use_bias = use_bias

    def build(self, input_shape: tuple) -> None:
        shape = (feature_size(self, input_shape), self.num_classes)
        self.kernel = self.trained("kernel", shape)
        self.bias = None
        if self.use_bias:
            self.bias = self.trained("bias", (self.num_classes,), "zeros")

    def call(self, x: Any) -> Any:
        scores = ops.matmul(ops.cast(x, self.compute_dtype), self.kernel)
        return scores if self.bias is None else scores + self.bias

    def class_vectors(self) -> np.ndarray | None:
        return ops.convert_to_numpy(self.kernel).T
