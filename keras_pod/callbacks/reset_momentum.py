"""Velocities that restart where the learning rate steps, as published POD code does."""

from collections.abc import Sequence

import keras

from keras_pod.core.errors import InputError


class ResetMomentum(keras.callbacks.Callback):
    """Sets an optimizer's velocities to 0 at the beginning of some epochs.

    The published code of POD Loss makes a new SGD object whenever its learning rate
    is divided by 10, and so starts without momentum again.

    Args:
        epochs: at whose beginning, counted from 0.

    Raises:
        InputError: in `fit`, an optimizer without `reset_momentum`.

    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile(keras_pod.optimizers.L2SGD(0.1), loss="mse")
    >>> reset = keras_pod.callbacks.ResetMomentum([30, 60, 90])
    >>> _ = model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0, callbacks=[reset])
    """

    def __init__(self, epochs: Sequence[int]) -> None:
        super().__init__()
        self.epochs = frozenset(int(epoch) for epoch in epochs)

    def on_train_begin(self, logs: dict | None = None) -> None:
        if not hasattr(self._optimizer, "reset_momentum"):
            raise InputError(
                "ResetMomentum needs a keras_pod.optimizers.L2SGD, not "
                f"{type(self._optimizer).__name__}."
            )

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        if epoch in self.epochs:
            self._optimizer.reset_momentum()

    @property
    def _optimizer(self) -> keras.optimizers.Optimizer:
        # Under mixed_float16 Keras wraps it in a LossScaleOptimizer.
        optimizer = self.model.optimizer
        return getattr(optimizer, "inner_optimizer", optimizer)
