"""The callbacks of a `Classifier`'s fit: those that its head needs, and in order."""

import logging
from typing import Any

import keras

from keras_pod.callbacks.kernel_watch import KernelWatch
from keras_pod.callbacks.norm_adaptive_delta import NormAdaptiveDelta
from keras_pod.layers.pedcc import PEDCC
from keras_pod.layers.rbf_logits import RBFLogits


def in_order(
    callbacks: Any, head: keras.layers.Layer | None
) -> list[keras.callbacks.Callback]:
    """The callbacks with those that the head needs, `NormAdaptiveDelta` first.

    So delta is set before anybody saves or judges the model of an epoch.

    Args:
        callbacks: what `fit` takes.
        head: of the model, or None.

    >>> [type(c).__name__ for c in in_order(None, keras_pod.layers.RBFLogits(3))]
    ['KernelWatch']
    """
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks = callbacks.callbacks
    if isinstance(callbacks, keras.callbacks.Callback):
        callbacks = [callbacks]
    callbacks = list(callbacks or [])
    present = any(isinstance(c, NormAdaptiveDelta) for c in callbacks)
    if isinstance(head, PEDCC) and head.adaptive and not present:
        logging.getLogger("keras_pod").warning(
            f"PEDCC(alpha={head.alpha}) needs delta updated every epoch; "
            "NormAdaptiveDelta() was added to the callbacks."
        )
        callbacks.append(NormAdaptiveDelta())
    if isinstance(head, PEDCC) and head.adaptive:
        _name_what_watches_the_loss(callbacks, head)
    watched = any(isinstance(c, KernelWatch) for c in callbacks)
    if isinstance(head, RBFLogits) and not watched:
        callbacks.append(KernelWatch())
    return sorted(callbacks, key=lambda c: not isinstance(c, NormAdaptiveDelta))


def _name_what_watches_the_loss(
    callbacks: list[keras.callbacks.Callback], head: PEDCC
) -> None:
    """Log which callbacks watch a loss that rises by itself, and what to watch."""
    for callback in callbacks:
        monitor = getattr(callback, "monitor", None)
        if monitor in ("loss", "val_loss"):
            better = monitor.replace("loss", "cosine")
            logging.getLogger("keras_pod").warning(
                f"{type(callback).__name__} watches '{monitor}', which rises with "
                f"delta from epoch to epoch while PEDCC(alpha={head.alpha}) learns: "
                f'let it watch the accuracy, or monitor="{better}" with mode="max".'
            )
