"""Value and gradient of a scalar function, on whichever backend is running."""

import keras
import numpy as np
import pytest

from tests.oracles import numeric_gradient


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


def compare(function, reference, x, rtol=1e-5, slopes=(1e-4, 1e-6), **options):
    """Hold a function's value and gradient at x against those of float64 NumPy.

    Args:
        function, reference: of tensors, and the same of float64 arrays.
        rtol: of the value. slopes: rtol and atol of the gradient.
        **options: `atol` of the value, `step` of the numeric gradient, `compiled`.
    """
    compiled = options.get("compiled", False)
    if compiled and keras.backend.backend() != "tensorflow":
        pytest.skip("JAX always compiles, and torch never does")
    value, gradient = value_and_gradient(function, x, compiled)
    wide = np.asarray(keras.ops.convert_to_numpy(x), "float64")
    atol = options.get("atol", 0)
    np.testing.assert_allclose(value, reference(wide), rtol=rtol, atol=atol)
    expected = numeric_gradient(reference, wide, options.get("step", 1e-6))
    np.testing.assert_allclose(gradient, expected, rtol=slopes[0], atol=slopes[1])
