"""The epoch callback that brings in the margin of a margin loss step by step."""

import keras

from keras_pod.core.arguments import positive
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
