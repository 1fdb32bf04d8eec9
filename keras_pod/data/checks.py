"""Checks of the arguments that name or shape a data set."""

import numbers
from typing import Any

from keras_pod.core.errors import InputError


def integer(what: str, value: Any, least: int) -> int:
    """Return an integer; raise InputError if it is none of at least `least`."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or not least <= value < 2**63:
        raise InputError(f"{what} must be an integer from {least} on, not {value!r}")
    return int(value)


def image_size(size: Any) -> tuple[int, int] | None:
    """Return (height, width); raise InputError if it is neither that nor None."""
    if size is None:
        return None
    try:
        height, width = size
    except (TypeError, ValueError):
        raise InputError(f"image_size must be (height, width), not {size!r}") from None
    return integer("image height", height, 1), integer("image width", width, 1)


def share(what: str, value: Any) -> None:
    """Raise InputError if a value is not a number from 0 to less than 1."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number or not 0 <= value < 1:
        raise InputError(f"{what} must be at least 0 and less than 1, not {value!r}")


def ratio(what: str, value: Any) -> None:
    """Raise InputError if a value is not a finite number from 1 on."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number or not 1 <= value < float("inf"):
        raise InputError(f"{what} must be a number from 1 on, not {value!r}")


def flag(what: str, value: Any) -> bool:
    """Return a value; raise InputError if it is not True or False."""
    if not isinstance(value, bool):
        raise InputError(f"{what} must be True or False, not {value!r}")
    return value
