"""The state of a `fit`'s other callbacks, which Keras itself never saves."""

import logging
from collections.abc import Sequence
from typing import Any

import keras

# What Keras's own callbacks hold from epoch to epoch.
_KEPT = {
    keras.callbacks.EarlyStopping: (
        "wait",
        "best",
        "best_epoch",
        "best_weights",
        "stopped_epoch",
    ),
    keras.callbacks.ReduceLROnPlateau: ("wait", "best", "cooldown_counter"),
    keras.callbacks.ModelCheckpoint: ("best",),
}


def of(callbacks: Sequence[keras.callbacks.Callback]) -> dict[str, Any]:
    """The states of the callbacks that have any, by class and number.

    >>> of([keras.callbacks.ModelCheckpoint("best.keras")])
    {'ModelCheckpoint/0': {'best': None}}
    """
    states = {}
    for name, callback in _named(callbacks).items():
        if hasattr(callback, "get_state"):
            states[name] = callback.get_state()
        elif kept := _kept(callback):
            states[name] = {a: getattr(callback, a) for a in kept}
    return states


def put_back(
    states: dict[str, Any], callbacks: Sequence[keras.callbacks.Callback]
) -> None:
    """Give the callbacks what `of` found before; one that is gone is warned of."""
    present = _named(callbacks)
    for name, state in states.items():
        callback: Any = present.get(name)
        if hasattr(callback, "set_state"):
            callback.set_state(state)
        elif kept := _kept(callback):
            for attribute in kept:
                setattr(callback, attribute, state.get(attribute))
        elif state:
            logging.getLogger("keras_pod").warning(
                "no callback takes the saved state of %s", name
            )


def _kept(callback: Any) -> tuple[str, ...]:
    return next((k for kind, k in _KEPT.items() if isinstance(callback, kind)), ())


def _named(callbacks: Sequence[keras.callbacks.Callback]) -> dict[str, Any]:
    """The callbacks by their names, as in `EarlyStopping/0`."""
    kinds = [type(callback).__qualname__ for callback in callbacks]
    names = [f"{kind}/{kinds[:place].count(kind)}" for place, kind in enumerate(kinds)]
    return dict(zip(names, callbacks, strict=True))
