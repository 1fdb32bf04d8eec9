"""A head and its loss as one compiled call that gives value and gradients."""

import os
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

LossOf = Callable[[Any, Any, Any], Any]

# A variable of the environment, since memory is measured in processes of their own.
_WITHOUT_XLA = "KERAS_POD_BENCH_WITHOUT_XLA"


def without_xla() -> None:
    """TensorFlow compiles without XLA from now on, as `keras-pod train` on a CPU."""
    os.environ[_WITHOUT_XLA] = "1"


def uses_xla() -> bool:
    """Tell whether TensorFlow compiles with XLA, as `model.compile` chooses."""
    return _WITHOUT_XLA not in os.environ


def gradient_call(
    head: Any, loss_of: LossOf, x: np.ndarray, y: np.ndarray
) -> Callable[[], Any]:
    """Value and gradient of `loss_of(head, x, y)` in x and the head's trained weights.

    Compiled as `model.compile` does it: `jax.jit`, `tf.function` of any batch size,
    with XLA unless `without_xla` was called, and torch as it is.

    Args:
        head: a built layer.
        loss_of: (head, x, y) -> scalar.
        x: features (B, n).
        y: labels (B,).
    """
    return _CALLS[keras.backend.backend()](head, loss_of, x, y)


def _tensorflow(
    head: Any, loss_of: LossOf, x: np.ndarray, y: np.ndarray
) -> Callable[[], Any]:
    import tensorflow as tf

    x, y = tf.constant(x), tf.constant(y)
    weights = [v.value for v in head.trainable_variables]
    batches = [tf.TensorSpec((None, *v.shape[1:]), v.dtype) for v in (x, y)]

    @tf.function(input_signature=batches, jit_compile=uses_xla())
    def run(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = loss_of(head, x, y)
        return value, tape.gradient(value, [x, *weights])

    def call() -> Any:
        value, gradients = run(x, y)
        # Copied in the order of the device's work, so after the gradients as well.
        return value.numpy(), gradients

    return call


def _jax(head: Any, loss_of: LossOf, x: np.ndarray, y: np.ndarray) -> Callable[[], Any]:
    import jax

    frozen, trained = head.non_trainable_variables, head.trainable_variables

    def value(x: Any, weights: Any, y: Any, others: Any) -> Any:
        state = [*zip(trained, weights, strict=True), *zip(frozen, others, strict=True)]
        with keras.StatelessScope(state_mapping=state):
            return loss_of(head, x, y)

    run = jax.jit(jax.value_and_grad(value, argnums=(0, 1)))
    x, y = jax.device_put((x, y))
    weights, others = ([v.value for v in kind] for kind in (trained, frozen))
    return lambda: jax.block_until_ready(run(x, weights, y, others))


def _torch(
    head: Any, loss_of: LossOf, x: np.ndarray, y: np.ndarray
) -> Callable[[], Any]:
    x = keras.ops.convert_to_tensor(x).requires_grad_()
    y = keras.ops.convert_to_tensor(y)
    weights = [v.value for v in head.trainable_variables]
    return torch_call(lambda: loss_of(head, x, y), [x, *weights])


def torch_call(value_of: Callable[[], Any], leaves: list) -> Callable[[], Any]:
    """Value and gradient of a scalar in tensors of torch."""
    import torch

    def call() -> Any:
        value = value_of()
        gradients = torch.autograd.grad(value, leaves)
        if value.is_cuda:
            torch.cuda.synchronize()
        return value, gradients

    return call


_CALLS = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
