"""What the other callbacks of a `fit` hold, which Keras itself never saves."""

import logging
from collections.abc import Sequence
from typing import Any

import keras

from keras_pod.callbacks.resuming.plain_state import fingerprints, left_out

_log = logging.getLogger("keras_pod")


class OtherCallbacks:
    """The callbacks beside `Resume`, as they are when training begins.

    Args:
        callbacks: in the order of `fit`.
    """

    def __init__(self, callbacks: Sequence[keras.callbacks.Callback]) -> None:
        # By class and number, as in `EarlyStopping/0`.
        self._by_name: dict[str, keras.callbacks.Callback] = {}
        for callback in callbacks:
            kind = type(callback).__qualname__
            number = sum(name.startswith(f"{kind}/") for name in self._by_name)
            self._by_name[f"{kind}/{number}"] = callback
        self._fresh = {name: fingerprints(c) for name, c in self._by_name.items()}
        self._warned: set[tuple[str, str]] = set()

    def changed(self) -> dict[str, dict[str, Any]]:
        """Of each callback the attributes that are not what they were."""
        return {name: self._changed(name, c) for name, c in self._by_name.items()}

    def restore(self, states: dict[str, dict[str, Any]]) -> None:
        """Gives the callbacks what `changed` found before."""
        for name, state in states.items():
            if name in self._by_name:
                for attribute, value in state.items():
                    setattr(self._by_name[name], attribute, value)
            elif state:
                _log.warning("no callback takes the saved state of %s", name)

    def _changed(self, name: str, callback: keras.callbacks.Callback) -> dict:
        if isinstance(callback, keras.callbacks.History):
            _as_numbers(callback.history)
        before, found = self._fresh[name], fingerprints(callback)
        # Keras's own and ours hold nothing else that training depends on.
        if type(callback).__module__.split(".")[0] not in ("keras", "keras_pod"):
            self._warn_of(name, left_out(callback, found))
        # Keras turns its sign when it first needs it, in a resumed run as well.
        turned = "min_delta" if hasattr(callback, "monitor_op") else None
        return {
            attribute: vars(callback)[attribute]
            for attribute, now in found.items()
            if now != before.get(attribute) and attribute != turned
        }

    def _warn_of(self, name: str, attributes: Sequence[str]) -> None:
        for attribute in attributes:
            if (name, attribute) not in self._warned:
                self._warned.add((name, attribute))
                _log.warning(
                    "%s of the callback %s is not in the checkpoints: it holds more "
                    "than numbers, text and arrays",
                    attribute,
                    name,
                )


def _as_numbers(history: dict[str, list]) -> None:
    """Numbers for the tensors and variables that callbacks put into the logs.

    A variable would otherwise show its last value for all epochs.
    """
    for values in history.values():
        for place, value in enumerate(values):
            if keras.ops.is_tensor(value) or isinstance(value, keras.Variable):
                values[place] = keras.ops.convert_to_numpy(value).tolist()
