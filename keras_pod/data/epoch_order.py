"""EpochOrder: tells the data which epoch it is."""

from typing import Any

import keras

from keras_pod.data.image_set import ImageSet


class EpochOrder(keras.callbacks.Callback):
    """Give each epoch of `fit` its own order and augmentation of the images.

    Without it every epoch sees the same batches. With it, training that goes
    on with `initial_epoch=e` sees what it would have seen uninterrupted. Do
    not use it with `steps_per_epoch`, which cuts epochs elsewhere.

    Args:
        data: The data whose `train` is given to `fit`.
    """

    def __init__(self, data: ImageSet) -> None:
        super().__init__()
        self.data = data

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Set the data's epoch; Keras makes the epoch's iterator after this."""
        self.data.set_epoch(epoch)
