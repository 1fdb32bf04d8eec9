"""The training of `keras-pod train`, as a plain `model.fit` on arrays has it.

`python -m benchmarks.keras_fit DATA.npz --epochs 3` prints each epoch's seconds. The
same model, optimizer, schedule, loss and evaluation; no checkpoint, history or picture.
"""

import time

import keras

from benchmarks.process import print_seconds
from keras_pod.experiments.run.build import build
from keras_pod.experiments.run.settings import Settings
from keras_pod.experiments.run.train import load_data


class Seconds(keras.callbacks.Callback):
    """Lists the seconds of each epoch, its evaluation counted."""

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.found: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.began = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.found.append(time.monotonic() - self.began)


def train(path: str, epochs: int, dim: int, batch: int) -> list[float]:
    """Seconds of each epoch."""
    settings = Settings(
        data=path,
        backbone="resnet8",
        dim=dim,
        augment="none",
        batch_size=batch,
        epochs=epochs,
    )
    data = load_data(settings)
    arrays = data.arrays
    model = build(settings.resolve(data.num_classes, data.num_train), data)
    seconds = Seconds()
    model.fit(
        arrays.x_train,
        arrays.y_train,
        batch_size=batch,
        epochs=epochs,
        validation_data=(arrays.x_test, arrays.y_test),
        callbacks=[seconds],
        verbose=0,
    )
    return seconds.found


if __name__ == "__main__":
    print_seconds(train)
