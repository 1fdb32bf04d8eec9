"""The end of a training whose loss is no longer a number, and its likely cause."""

import logging
import math
import time

import keras

# Seconds between two looks: to look at a loss is to wait for the device.
_EVERY = 1.0


class NaNStop(keras.callbacks.Callback):
    """Ends training when the epoch's mean loss is NaN, and says what the cause may be.

    `keras_pod.Classifier.fit` adds it. Compiled code cannot raise, so that a label
    outside 0..k-1 makes the loss NaN. The mean stays NaN to the end of the epoch: it
    is looked at after the first batch, about once a second, and after the last one.
    """

    # It only reads: Keras need not wait for it after every batch.
    async_safe = True

    def on_train_begin(self, logs: dict | None = None) -> None:
        self._next = 0.0

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        now = time.monotonic()
        if batch == 0 or now >= self._next:
            self._look(f"batch {batch + 1} of the epoch", logs)
            self._next = time.monotonic() + _EVERY

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self._look(f"epoch {epoch + 1}", logs)

    def _look(self, when: str, logs: dict | None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or not math.isnan(float(loss)) or self.model.stop_training:
            return
        self.model.stop_training = True
        logging.getLogger("keras_pod").error(
            "training was stopped: the loss is not a number after %s. Likely causes: "
            "labels outside 0..k-1 (a data set's are not checked before), images that "
            "are not finite, scores beyond +-1 for a loss on cosines, or too large a "
            "learning rate.",
            when,
        )
