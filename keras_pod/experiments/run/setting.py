"""setting: a field of `Settings`, with all that is known of it."""

import dataclasses
from typing import Any

from keras_pod.experiments.run.checks import Check

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
        help: what `--help` says of its flag.
        commands: those that have the flag; "" for a setting of recipes alone.
        check: called with the flag and a value that is not None; raises InputError
            for a bad one.
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
