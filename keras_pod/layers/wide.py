"""The base of the layers here: they compute in float32, and keep their arguments."""

from typing import Any

import keras

from keras_pod.core import numerics
from keras_pod.core.configs import held_arguments


class WideLayer(keras.layers.Layer):
    """A layer in float32, or in float64 if `dtype` says so.

    Its config has every argument that an attribute of its name holds.
    """

    def __init__(self, *, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(dtype=numerics.wide_dtype(dtype), **kwargs)

    def state(self, name: str, shape: tuple = (), initializer: Any = "zeros") -> Any:
        """Add a weight that is saved with the others and that no gradient trains."""
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=initializer,
            trainable=False,
            autocast=False,
            # Without it the replicas of a TensorFlow strategy drift apart.
            aggregation="mean",
        )

    def get_config(self) -> dict:
        return {**held_arguments(self), **super().get_config()}
