"""setting: a field of `Settings`, and the checks of the values of flags."""

import dataclasses
import math
import numbers
from collections.abc import Callable, Iterable
from typing import Any

from keras_pod.core.errors import InputError, unknown_name

# Called with a flag and its value; raises InputError for a bad one.
Check = Callable[[str, Any], None]

# The setting is as old as the oldest runs.
ALWAYS = object()


def setting(
    default: Any,
    help: str,
    commands: str = "train tune compare",
    check: Check | None = None,
    *,
    shared: bool = True,
    searched: bool = False,
    before: Any = ALWAYS,
) -> Any:
    """A field of `Settings`.

    Args:
        default: its default; None for one that `Settings.resolve` fills in.
        help: the text of `--help` for its flag.
        commands: those that have the flag; "" for a setting of recipes alone.
        check: of a value that is not None.
        shared: whether it is the same for all methods of a comparison.
        searched: whether `tune` can search it.
        before: the value that runs had which are older than the setting. It is not
            part of the name of a run's folder.
    """
    metadata = {
        "help": help,
        "commands": commands.split(),
        "check": check,
        "shared": shared,
        "searched": searched,
        "before": before,
    }
    if default == {}:
        return dataclasses.field(default_factory=dict, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


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


def one_of(choices: Iterable[str]) -> Check:
    """The check of a name."""

    def check(flag: str, value: Any) -> None:
        if value not in choices:
            raise unknown_name(flag, value, choices)

    return check


def not_negative(flag: str, value: Any) -> None:
    """Raise InputError if the value is no finite number from 0 on."""
    if not (_is_number(value) and 0 <= value < math.inf):
        raise InputError(f"{flag} must be a number >= 0: {value}")


def share(flag: str, value: Any) -> None:
    """Raise InputError if the value is no number in [0, 1)."""
    if not (_is_number(value) and 0 <= value < 1):
        raise InputError(f"{flag} must be in [0, 1): {value}")


def ratio(flag: str, value: Any) -> None:
    """Raise InputError if the value is no finite number from 1 on."""
    if not (_is_number(value) and 1 <= value < math.inf):
        raise InputError(f"{flag} must be a number >= 1: {value}")


def seed(flag: str, value: Any) -> None:
    """Raise InputError for a value that NumPy does not take as a seed."""
    check_at_least(flag, value, 0)
    if value >= 2**32:
        raise InputError(f"{flag} must be >= 0 and < 2**32: {value}")


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)
