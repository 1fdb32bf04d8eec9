"""Checks of values from users; a message has the name that a value was given by."""

import math
import numbers
from typing import Any

from keras_pod.core.errors import InputError


def integer(
    what: str,
    value: Any,
    least: int,
    below: int = 2**63,
    error: type[ValueError] = InputError,
) -> int:
    """Return a value as an `int`; raise the error if it is no integer from `least` on.

    >>> integer("--jobs", 0, 1)
    Traceback (most recent call last):
    keras_pod.core.errors.InputError: --jobs must be an integer from 1 on, got 0
    """
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or not least <= value < below:
        limit = "" if below == 2**63 else f" and less than {below}"
        raise error(f"{what} must be an integer from {least} on{limit}, got {value!r}")
    return int(value)


def number(what: str, value: Any, least: float, below: float = math.inf) -> None:
    """Raise InputError if a value is not a finite number in [least, below)."""
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not real or not least <= value < below:
        limit = "" if below == math.inf else f" and less than {below}"
        raise InputError(
            f"{what} must be a number from {least} on{limit}, got {value!r}"
        )


def share(what: str, value: Any) -> None:
    """Raise InputError if a value is not a number from 0 to less than 1."""
    number(what, value, 0, 1)


def ratio(what: str, value: Any) -> None:
    """Raise InputError if a value is not a finite number from 1 on."""
    number(what, value, 1)
