"""The callbacks of a `Classifier`'s fit: those that its head needs, and in order."""

import logging
from typing import Any

import keras

from keras_pod.callbacks.margins import RaiseMargin
from keras_pod.callbacks.nan_stop import NaNStop
from keras_pod.callbacks.norm_adaptive_delta import NormAdaptiveDelta
from keras_pod.callbacks.resuming.callback import Resume
from keras_pod.layers.head import Head


def in_order(callbacks: Any, head: Head) -> list[keras.callbacks.Callback]:
    """The callbacks with those that the head needs, `NormAdaptiveDelta` first.

    So delta is set before anybody saves or judges the model of an epoch. `Resume`
    comes last, when the others are through with the epoch that it saves.

    >>> [type(c).__name__ for c in in_order(None, keras_pod.layers.RBFLogits(3))]
    ['KernelWatch', 'NaNStop']
    """
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks = callbacks.callbacks
    # They may be one or several.
    callbacks = keras.tree.flatten(callbacks or [])
    for needed in [*head.callbacks(), NaNStop()]:
        if any(isinstance(c, type(needed)) for c in callbacks):
            continue
        callbacks.append(needed)
        if isinstance(needed, NormAdaptiveDelta):
            logging.getLogger("keras_pod").warning(
                "%s needs delta updated every epoch; NormAdaptiveDelta() was added to "
                "the callbacks.",
                head.name,
            )
    if head.adaptive:
        _name_what_watches_the_loss(callbacks, head)
    raised = any(isinstance(c, RaiseMargin) for c in callbacks)
    if getattr(head, "rising_margin", False) and not raised:
        logging.getLogger("keras_pod").warning(
            "the margin of '%s' is whole from the first step: to let it come in, give "
            "`fit` keras_pod.callbacks.RaiseMargin(epochs).",
            head.name,
        )
    callbacks.sort(key=lambda callback: isinstance(callback, Resume))
    callbacks.sort(key=lambda callback: not isinstance(callback, NormAdaptiveDelta))
    for resume in callbacks:
        if isinstance(resume, Resume):
            resume.callbacks = [c for c in callbacks if c is not resume]
    return callbacks


def _name_what_watches_the_loss(
    callbacks: list[keras.callbacks.Callback], head: Head
) -> None:
    """Log which callbacks watch a loss that rises by itself, and what to watch."""
    for callback in callbacks:
        monitor = getattr(callback, "monitor", None)
        # A `ModelCheckpoint` that saves every epoch looks at nothing.
        watches = getattr(callback, "save_best_only", True)
        if watches and monitor in ("loss", "val_loss"):
            better = monitor.replace("loss", "cosine")
            logging.getLogger("keras_pod").warning(
                f"{type(callback).__name__} watches '{monitor}', which rises with "
                f"delta from epoch to epoch while '{head.name}' learns: "
                f'let it watch the accuracy, or monitor="{better}" with mode="max".'
            )
