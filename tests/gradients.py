"""Value and gradient of a scalar function, on whichever backend is running."""

import keras
import numpy as np


def value_and_gradient(function, x, compiled=False):
    """(value, gradient) of a scalar `function` of one array, as NumPy."""
    backend = keras.backend.backend()
    x = keras.ops.convert_to_tensor(x)
    if backend == "tensorflow":
        import tensorflow as tf

        def run(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                value = function(x)
            return value, tape.gradient(value, x)

        value, gradient = tf.function(run, jit_compile=True)(x) if compiled else run(x)
    elif backend == "jax":
        import jax

        run = jax.value_and_grad(function)
        # Always compiled: operation by operation takes JAX far longer.
        value, gradient = jax.jit(run)(x)
    else:
        x = x.clone().detach().requires_grad_(True)
        value = function(x)
        value.backward()
        gradient = x.grad
    return tuple(
        np.asarray(keras.ops.convert_to_numpy(v), "float64") for v in (value, gradient)
    )
