"""Checks of the arguments that name or shape a data set."""

import operator
from typing import Any

from keras_pod.core.errors import InputError


def integer(what: str, value: Any, least: int) -> int:
    """Return `value` as an integer of at least `least`.

    Raises:
        InputError: if it is none.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if isinstance(value, bool) or not least <= number < 2**63:
        raise InputError(f"{what} must be an integer from {least} on, not {value!r}")
    return number


def image_size(size: Any) -> tuple[int, int] | None:
    """Return (height, width) as integers; None stays None.

    Raises:
        InputError: if it is not a pair of positive integers.
    """
    if size is None:
        return None
    try:
        height, width = size
    except (TypeError, ValueError):
        raise InputError(f"image_size must be (height, width), not {size!r}") from None
    return integer("image height", height, 1), integer("image width", width, 1)


def share(what: str, value: Any) -> None:
    """Raise InputError if `value` is not a number from 0 to less than 1."""
    if isinstance(value, bool) or not (
        isinstance(value, int | float) and 0 <= value < 1
    ):
        raise InputError(f"{what} must be at least 0 and less than 1, not {value!r}")


def flag(what: str, value: Any) -> bool:
    """Return `value`, which must be True or False.

    Raises:
        InputError: if it is not.
    """
    if not isinstance(value, bool):
        raise InputError(f"{what} must be True or False, not {value!r}")
    return value
