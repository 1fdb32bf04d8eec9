"""Training on several devices of one machine: TensorFlow and JAX in one call."""

import contextlib
import functools
import os
from collections.abc import Iterator
from typing import Any

import keras

from keras_pod.core.errors import InputError


def devices(count: int) -> contextlib.AbstractContextManager:
    """A context in which models are built and trained on `count` devices.

    Every batch is split over the devices: TensorFlow uses a `MirroredStrategy` (a
    `TPUStrategy` where the environment variable TPU_NAME is set), JAX a
    `keras.distribution.DataParallel`. Losses, head state and weights are those of one
    device up to rounding, also where a batch does not divide by `count`; batch
    normalisation needs `synchronised` for that on TensorFlow, where dropout also draws
    other numbers. On a TPU every batch must divide: leave out an uneven last one. So
    must, on TensorFlow, the first batch of a model that is no `Classifier`.

    Where there is no GPU and no TPU the devices are parts of the CPU, for trying
    things out. They are made here, so call this before anything has been computed.

    Args:
        count: how many devices, at least 1; 1 leaves everything as it is.

    Raises:
        InputError: fewer devices than `count`, or the torch backend.

    >>> with keras_pod.distribution.devices(1):
    ...     model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    ...     model.compile("sgd", "mse")
    """
    if count < 1:
        raise InputError(f"the number of devices must be >= 1, got {count}.")
    if count == 1:
        return contextlib.nullcontext()
    backend = keras.backend.backend()
    if backend == "torch":
        raise InputError(
            f"{count} devices: Keras trains on one device with torch; use the "
            "tensorflow or jax backend for more."
        )
    return _tensorflow(count) if backend == "tensorflow" else _jax(count)


@contextlib.contextmanager
def synchronised(model: keras.Model) -> Iterator[None]:
    """Have the batch normalisation of a model use the whole batch's statistics.

    `keras.layers.BatchNormalization(synchronized=True)` says the same of one layer,
    but a model saved with it can be loaded with TensorFlow only. Models are traced
    with it when they are first trained or compiled, so do that in this context.

    Args:
        model: nothing is changed on JAX, where it is always so, and on one device.
    """
    layers = []
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        if tf.distribute.has_strategy():
            kind = keras.layers.BatchNormalization
            layers = [x for x in model._flatten_layers() if isinstance(x, kind)]
            layers = [layer for layer in layers if not layer.synchronized]
    for layer in layers:
        layer.synchronized = True
    try:
        yield
    finally:
        for layer in layers:
            layer.synchronized = False


def _tensorflow(count: int) -> Any:
    import tensorflow as tf

    if "TPU_NAME" in os.environ:
        return _tpu(count)
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        _check_count(count, "GPU", len(gpus))
        return _mirrored("GPU", count).scope()
    cpu = tf.config.list_physical_devices("CPU")[0]
    parts = [tf.config.LogicalDeviceConfiguration()] * count
    # Too late raises; parts made before will do.
    with contextlib.suppress(RuntimeError):
        tf.config.set_logical_device_configuration(cpu, parts)
    _check_count(count, "CPU", len(tf.config.list_logical_devices("CPU")))
    return _mirrored("CPU", count).scope()


@functools.cache
def _mirrored(kind: str, count: int) -> Any:
    """The only strategy of this process: a second would number operations the same."""
    import tensorflow as tf

    return tf.distribute.MirroredStrategy([f"{kind}:{i}" for i in range(count)])


def _tpu(count: int) -> Any:
    import tensorflow as tf

    resolver = tf.distribute.cluster_resolver.TPUClusterResolver()
    tf.config.experimental_connect_to_cluster(resolver)
    tf.tpu.experimental.initialize_tpu_system(resolver)
    strategy = tf.distribute.TPUStrategy(resolver)
    if strategy.num_replicas_in_sync != count:
        raise InputError(
            f"{count} devices: a TPU is used as a whole, and this one has "
            f"{strategy.num_replicas_in_sync} cores."
        )
    return strategy.scope()


@contextlib.contextmanager
def _distributed(distribution: Any) -> Iterator[None]:
    # Keras lays out all batches of an epoch as the first one, which an uneven last
    # one does not fit. Asked without a layout, it makes one for each batch.
    from keras.src.backend.jax import trainer

    lay_out, before = trainer._distribute_data, keras.distribution.distribution()
    trainer._distribute_data = lambda batch, layouts=None: lay_out(batch)
    keras.distribution.set_distribution(distribution)
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)
        trainer._distribute_data = lay_out


def _jax(count: int) -> Any:
    import jax

    # Only CPUs heed it, and only before JAX has started.
    with contextlib.suppress(RuntimeError):
        jax.config.update("jax_num_cpu_devices", count)
    found = keras.distribution.list_devices()
    _check_count(count, found[0].split(":")[0].upper(), len(found))
    return _distributed(_DataParallel(devices=found[:count]))


class _DataParallel(keras.distribution.DataParallel):
    """Data parallelism that computes a batch that does not divide on every device."""

    def get_data_layout(self, data_shape: tuple) -> Any:
        layout = super().get_data_layout(data_shape)
        if data_shape[0] % self.device_mesh.devices.size == 0:
            return layout
        whole = [None] * len(data_shape)
        return keras.distribution.TensorLayout(whole, self.device_mesh)


def _check_count(count: int, kind: str, found: int) -> None:
    if found < count:
        late = ""
        if kind == "CPU":
            late = ", or begin a new process: a CPU in use is not parted again"
        raise InputError(
            f"{count} devices: there are only {found} of kind {kind}; ask for at most "
            f"{found}{late}."
        )
