"""A command as data, and flags that several have. Nothing here loads Keras."""

import argparse
import dataclasses
from collections.abc import Callable
from typing import Any

from keras_pod.experiments.run.settings import flag, flags_of

BACKENDS = ("tensorflow", "jax", "torch")

JOBS = {"--jobs N": (int, "runs at a time (default: 1 on a GPU, up to 4 on CPUs)")}
LOG = {"--log NAME,..": "trackers that get the numbers too: tensorboard, wandb, mlflow"}
RETRY = {"--retry": "run failed runs again"}

# What every command's parsed arguments hold beside those of its own function.
_OTHERS = ("run", "backend", "json")


@dataclasses.dataclass(frozen=True)
class Command:
    """A command of `keras-pod`.

    Args:
        name: its name.
        help: what it does.
        example: command lines, which end its `--help`.
        run: takes the parsed arguments and returns the exit code, or None for 0.
        flags: by name and metavar ("--seeds N", "folder RUN") the help of each, or
            its type and help, or the options of `add_argument`. A flag without a
            metavar takes no value. One that is not given is None.
        more: the rest of its `--help`.
    """

    name: str
    help: str
    example: str
    run: Callable[[argparse.Namespace], int | None]
    flags: dict[str, Any]
    more: str = ""

    def add_to(self, commands: Any) -> None:
        """Add the command's parser to the others."""
        parser = commands.add_parser(
            self.name,
            help=self.help,
            description=self.help[0].upper() + self.help[1:] + ".",
            epilog=f"example:\n  {self.example}\n{self.more}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.set_defaults(run=self.run)
        for name, described in self.flags.items():
            _add(parser, *name.partition(" ")[::2], described)
        parser.add_argument(
            "--backend", choices=BACKENDS, help="Keras backend (default: KERAS_BACKEND)"
        )


def _add(
    parser: argparse.ArgumentParser, name: str, metavar: str, described: Any
) -> None:
    if isinstance(described, str):
        described = {"help": described}
    elif isinstance(described, tuple):
        described = {"type": described[0], "help": described[1]}
    if metavar:
        parser.add_argument(name, metavar=metavar, **described)
    else:
        parser.add_argument(name, action="store_true", default=None, **described)


def given(arguments: argparse.Namespace) -> dict[str, Any]:
    """The arguments that the user gave, for the function that the command calls."""
    own = {k: v for k, v in vars(arguments).items() if k not in _OTHERS}
    return {name: value for name, value in own.items() if value is not None}


def settings_flags(command: str) -> dict[str, Any]:
    """The settings that are flags of a command, as `Command` takes them."""
    found: dict[str, Any] = {}
    for name, (kind, text) in flags_of(command).items():
        if kind is bool:
            found[flag(name)] = text
        else:
            found[f"{flag(name)} {name.upper()}"] = kind, text
    return found


def given_settings(arguments: argparse.Namespace, command: str) -> dict[str, Any]:
    """The settings that the user gave as flags of a command."""
    names = flags_of(command)
    return {name: value for name, value in given(arguments).items() if name in names}
