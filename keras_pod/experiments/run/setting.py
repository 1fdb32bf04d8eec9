"""setting: a field of `Settings`, and the checks of the values of flags."""

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

from keras_pod.core.checks import integer, number
from keras_pod.core.errors import unknown_name

# Called with a flag and its value; raises InputError for a bad one.
Check = Callable[[str, Any], Any]

# The setting is as old as the oldest runs.
ALWAYS = object()


def setting(
    default: Any,
    help: str,
    commands: str = "train tune compare",
    check: Check | None = None,
    **more: Any,
) -> Any:
    """A field of `Settings`.

    Args:
        default: its default; None for one that `Settings.resolve` fills in.
        help: the text of `--help` for its flag.
        commands: those that have the flag; "" for a setting of recipes alone.
        check: of a value that is not None.
        more: `shared`, whether it is the same for all methods of a comparison (True);
            `searched`, whether `tune` can search it (False); `before`, the value that
            runs had which are older than the setting, and which is not part of the
            name of a run's folder.
    """
    metadata = {"help": help, "commands": commands.split(), "check": check}
    metadata |= {"shared": True, "searched": False, "before": ALWAYS} | more
    if default == {}:
        return dataclasses.field(default_factory=dict, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def at_least(least: int) -> Check:
    """The check of an integer from `least` on."""
    return lambda flag, value: integer(flag, value, least)


def one_of(choices: Iterable[str]) -> Check:
    """The check of a name."""

    def check(flag: str, value: Any) -> None:
        if value not in choices:
            raise unknown_name(flag, value, choices)

    return check


def not_negative(flag: str, value: Any) -> None:
    """Raise InputError if the value is no finite number from 0 on."""
    number(flag, value, 0)


def seed(flag: str, value: Any) -> None:
    """Raise InputError for a value that NumPy does not take as a seed."""
    integer(flag, value, 0, below=2**32)
