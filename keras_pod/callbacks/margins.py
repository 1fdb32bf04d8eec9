"""The epoch callbacks that bring in the margin of a loss or a head step by step."""

import keras

from keras_pod.core.arguments import not_negative, positive
from keras_pod.layers.cosine_dense import AngularDense
from keras_pod.layers.head import Head, heads_of


class RaiseMargin(keras.callbacks.Callback):
    """Sets `margin_share = min(1, e / epochs)` of every head with a rising margin.

    e is the epoch counted from 0: the first one trains on plain scaled cosines, and
    from `epochs` on the loss has its full margin. A margin such as ArcFace's 0.5 that
    is there from the first step can end with two classes in one direction. The share
    depends on the epoch alone and lives in the head's weight, so this callback holds
    no state and a resumed run goes on where it stopped. The model has to be a
    `keras_pod.Classifier`, which hands the share to the loss.

    Args:
        epochs: after how many of them the margin is whole, > 0.

    Raises:
        ValueError: `epochs` out of its range; when training begins, if the model has
            no `CosineDense(rising_margin=True)` head.

    >>> inputs = keras.Input((4,))
    >>> head = keras_pod.layers.CosineDense(3, rising_margin=True)
    >>> model = keras.Model(inputs, head(inputs))
    >>> callback = keras_pod.callbacks.RaiseMargin(epochs=4)
    >>> callback.set_model(model)
    >>> callback.on_epoch_begin(3)
    >>> float(head.margin_share)
    0.75
    """

    def __init__(self, epochs: float) -> None:
        super().__init__()
        self.epochs = positive("epochs", epochs)

    def on_train_begin(self, logs: dict | None = None) -> None:
        if not self._heads():
            raise ValueError(
                "RaiseMargin needs a model with a head CosineDense(rising_margin="
                f"True), and '{self.model.name}' has none."
            )

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        for head in self._heads():
            head.margin_share.assign(min(1.0, epoch / self.epochs))

    def _heads(self) -> list[Head]:
        return [h for h in heads_of(self.model, Head) if h.margin_share is not None]


class AnnealMargin(keras.callbacks.Callback):
    """Sets `anneal = max(stop, start / (1 + decay * e))` of every `AngularDense` head.

    e is the epoch counted from 0: the target's score is
    `||x|| (a cos theta + psi) / (1 + a)`, almost plain softmax at a = 1000 and almost
    the full margin at 5 (Liu et al. 2016, whose a falls with the iterations). It
    depends on the epoch alone and lives in the head's weight `anneal`, so this
    callback holds no state and a resumed run goes on where it stopped.

    Args:
        start: a of the first epoch, >= 0.
        stop: least a, >= 0.
        decay: >= 0; 20 reaches 5 from 1000 after 10 epochs.

    Raises:
        ValueError: an argument out of its range; when training begins, if the model
            has no `AngularDense` head.

    >>> inputs = keras.Input((4,))
    >>> head = keras_pod.layers.AngularDense(3)
    >>> model = keras.Model(inputs, head(inputs))
    >>> callback = keras_pod.callbacks.AnnealMargin()
    >>> callback.set_model(model)
    >>> callback.on_epoch_begin(3)
    >>> round(float(head.anneal), 3)
    16.393
    """

    def __init__(
        self, start: float = 1000.0, stop: float = 5.0, decay: float = 20.0
    ) -> None:
        super().__init__()
        self.start = not_negative("start", start)
        self.stop = not_negative("stop", stop)
        self.decay = not_negative("decay", decay)

    def on_train_begin(self, logs: dict | None = None) -> None:
        if not heads_of(self.model, AngularDense):
            raise ValueError(
                "AnnealMargin needs a model with an AngularDense head, and "
                f"'{self.model.name}' has none."
            )

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        for head in heads_of(self.model, AngularDense):
            head.anneal.assign(max(self.stop, self.start / (1.0 + self.decay * epoch)))
