"""Messages between the replicas of one model, or between its processes.

Under `MirroredStrategy` every replica computes with its own part of the batch. On
JAX, arrays are of the whole batch however they are sharded, but there may be several
processes. Keras has no functions of its own for this: it is the one place of the
library half that knows TensorFlow and JAX, which are imported in functions only.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import ops


def whole_batch(x: Any) -> Any:
    """The rows of all replicas in their order, (b, ...) -> (batch, ...).

    A gradient is that of the sum of the replicas' losses. Without replicas `x`
    itself. All replicas must get here, so do not call it in a branch.
    """
    context = _context()
    if context is None:
        return x
    x = ops.convert_to_tensor(x)
    whole = context.all_gather(x, axis=0)
    whole.set_shape((None, *x.shape[1:]))
    return whole


def weigh_by_share(loss: Any, x: Any) -> Any:
    """The mean loss of a replica, its gradient weighed by its part x of the batch.

    Keras averages over replicas as if each held as many samples, also where the last
    batch of an epoch does not divide by them. The value stays: Keras weighs it.
    """
    context = _context()
    if context is None:
        return loss
    mine = ops.cast(ops.shape(x)[0], loss.dtype)
    all_samples = context.all_reduce("sum", mine)
    share = mine * context.num_replicas_in_sync / ops.maximum(all_samples, 1.0)
    return loss + (share - 1.0) * (loss - ops.stop_gradient(loss))


def is_first_process() -> bool:
    """Whether this process is the one that writes files of its model."""
    if not _several_processes():
        return True
    import jax

    return jax.process_index() == 0


def of_all_processes(number: int) -> list[int]:
    """The numbers that the model's processes give, in their order. All must ask."""
    if not _several_processes():
        return [number]
    from jax.experimental import multihost_utils

    return np.ravel(multihost_utils.process_allgather(np.int32(number))).tolist()


@contextlib.contextmanager
def without_the_others() -> Iterator[None]:
    """Let one process alone save, where Keras would lay out its variables over all."""
    before = keras.distribution.distribution()
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)


def check_strategy(model: keras.Model) -> None:
    """Raise ValueError for a model built under a strategy of several processes."""
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    strategy = model.distribute_strategy
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return
    jobs = strategy.cluster_resolver.cluster_spec().as_dict()
    if sum(map(len, jobs.values())) > 1:
        raise ValueError(
            "Keras 3 cannot train under a MultiWorkerMirroredStrategy of several "
            "processes (keras issue 20585). Use the JAX backend, as in "
            "examples/multi_process_jax.py, or tf.distribute.MirroredStrategy on one "
            "machine."
        )


def _several_processes() -> bool:
    """Whether several processes train one model: each may well train its own."""
    distribution = keras.distribution.distribution()
    if keras.backend.backend() != "jax" or distribution is None:
        return False
    devices = distribution.device_mesh.backend_mesh.devices
    return len({device.process_index for device in devices.flat}) > 1


def _context() -> Any:
    """The replica that this code runs for, or None if it is alone."""
    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    # None as well while Keras builds a model's state outside of all replicas.
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return None
    return context
