"""A warning for RBF-Softmax when its kernels vanish and nothing can be learnt."""

import logging

import keras

from keras_pod.layers.head import heads_of
from keras_pod.layers.rbf_logits import RBFLogits


class KernelWatch(keras.callbacks.Callback):
    """Warns, once, when the kernels of an `RBFLogits` head have vanished.

    A feature whose kernel to its own class is near 0 gets hardly any gradient. This
    reads the head's `mean_kernel`, which a `keras_pod.Classifier` keeps, after every
    epoch and, except on JAX, after the first batch. The `fit` of a `Classifier` adds
    this callback where there is none.

    Args:
        threshold: warn below this mean kernel.

    >>> inputs = keras.Input((4,))
    >>> head = keras_pod.layers.RBFLogits(3)
    >>> model = keras_pod.Classifier(
    ...     inputs, {"logits": head(inputs), "features": inputs})
    >>> loss = keras_pod.losses.CrossEntropyLoss()
    >>> model.compile(keras_pod.optimizers.L2SGD(0.5), loss=loss)
    >>> watch = keras_pod.callbacks.KernelWatch()
    >>> x, y = np.ones((6, 4)), np.arange(6) % 3
    >>> _ = model.fit(x, y, verbose=0, callbacks=[watch])
    >>> watch.warned
    False
    """

    # It only reads: Keras need not wait for it after every batch.
    async_safe = True

    def __init__(self, threshold: float = 1e-3) -> None:
        super().__init__()
        self.threshold = threshold
        self.warned = False

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        # JAX hands its state back to the variables at the end of an epoch only.
        if batch == 0 and keras.backend.backend() != "jax":
            self._look()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self._look()

    def _look(self) -> None:
        for layer in heads_of(self.model, RBFLogits):
            mean = float(keras.ops.convert_to_numpy(layer.mean_kernel))
            if not mean >= self.threshold and not self.warned:
                self.warned = True
                logging.getLogger("keras_pod").warning(
                    f"the mean kernel of '{layer.name}' is {mean:.2g}: the features "
                    "are too far from their prototypes to learn. Choose a larger "
                    f"gamma (now {layer.gamma:g}), or a smaller feature_scale "
                    "(None is 1/sqrt(n))."
                )
