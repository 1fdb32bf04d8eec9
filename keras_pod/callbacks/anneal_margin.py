"""The epoch callback that brings in the margin of L- and A-Softmax step by step."""

import keras

from keras_pod.core.arguments import not_negative
from keras_pod.layers.cosine_dense import AngularDense
from keras_pod.layers.head import heads_of


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
