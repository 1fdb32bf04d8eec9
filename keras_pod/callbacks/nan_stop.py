"""The end of a training whose loss is no longer a number, and its likely cause."""

import logging
import math

import keras


class NaNStop(keras.callbacks.Callback):
    """End training when the mean loss of the epoch is NaN, and say what it may be.

    `keras_pod.Classifier.fit` adds it. Compiled code cannot raise, so a label outside
    0..k-1 makes the loss NaN, and the mean stays NaN to the end of the epoch. To look
    at it is to wait for the device, so this looks after 1, 2, 4, 8, ... batches, or
    steps of several (`steps_per_execution`), and after the last one: the same ones in
    every process of a distributed training.
    """

    # It only reads: Keras need not wait for it after every batch.
    async_safe = True

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._next = 1

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        done = batch + 1
        if done >= self._next:
            self._next = 2 * done
            self._look(f"{done} batches of the epoch", logs)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self._look(f"epoch {epoch + 1}", logs)

    def _look(self, when: str, logs: dict | None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or not math.isnan(float(loss)) or self.model.stop_training:
            return
        self.model.stop_training = True
        logging.getLogger("keras_pod").error(
            "training was stopped: the loss is not a number after %s. Likely causes: "
            "labels outside 0..k-1 (a data set's are not checked before), inputs that "
            "are not finite, scores beyond +-1 for a loss on cosines, or too large a "
            "learning rate.",
            when,
        )
