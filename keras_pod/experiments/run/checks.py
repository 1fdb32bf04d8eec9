"""Checks of the values of flags; each raises InputError with the flag's name."""

import math
import numbers
from collections.abc import Callable, Iterable
from typing import Any

from keras_pod.core.errors import InputError, unknown_name

Check = Callable[[str, Any], None]


def check_at_least(flag: str, value: Any, least: int) -> None:
    """Raise InputError if the value is no integer from `least` on.

    >>> check_at_least("--jobs", 0, 1)
    Traceback (most recent call last):
    keras_pod.core.errors.InputError: --jobs must be >= 1: 0
    """
    if not isinstance(value, numbers.Integral) or isinstance(value, bool):
        raise InputError(f"{flag} must be a whole number: {value!r}")
    if value < least:
        raise InputError(f"{flag} must be >= {least}: {value}")


def at_least(least: int) -> Check:
    """The check of an integer from `least` on."""
    return lambda flag, value: check_at_least(flag, value, least)


def not_negative(flag: str, value: Any) -> None:
    """Raise InputError if the value is no finite number from 0 on."""
    if not (_is_number(value) and 0 <= value < math.inf):
        raise InputError(f"{flag} must be a number >= 0: {value}")


def share(flag: str, value: Any) -> None:
    """Raise InputError if the value is no number in [0, 1)."""
    if not (_is_number(value) and 0 <= value < 1):
        raise InputError(f"{flag} must be in [0, 1): {value}")


def seed(flag: str, value: Any) -> None:
    """Raise InputError for what NumPy does not take as a seed."""
    check_at_least(flag, value, 0)
    if value >= 2**32:
        raise InputError(f"{flag} must be >= 0 and < 2**32: {value}")


def one_of(choices: Iterable[str]) -> Check:
    """The check of a name."""

    def check(flag: str, value: Any) -> None:
        if value not in choices:
            raise unknown_name(flag, value, choices)

    return check


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)
