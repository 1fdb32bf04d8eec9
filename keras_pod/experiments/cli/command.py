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


@dataclasses.dataclass(frozen=True)
class Command:
    """A command of `keras-pod`.

    `run` takes those flags that are given, by name, and may return an exit code.
    `flags` have by name and metavar ("--seeds N", "folder RUN") the help of each, or
    its type and help, or the options of `add_argument`. A flag without a metavar takes
    no value.
    """

    name: str
    help: str
    example: str
    run: Callable[..., Any]
    flags: dict[str, Any]

    def add_to(self, commands: Any) -> None:
        """Add the command's parser to the others."""
        parser = commands.add_parser(
            self.name,
            help=self.help,
            description=self.help[0].upper() + self.help[1:] + ".",
            epilog=f"example:\n  {self.example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.set_defaults(run=self.run, parser=parser)
        for name, described in self.flags.items():
            if isinstance(described, str):
                described = {"help": described}
            elif isinstance(described, tuple):
                described = {"type": described[0], "help": described[1]}
            name, _, metavar = name.partition(" ")
            if metavar:
                described = {"metavar": metavar, **described}
            else:
                described = {"action": "store_true", "default": None, **described}
            parser.add_argument(name, **described)
        parser.add_argument(
            "--backend", choices=BACKENDS, help="Keras backend (default: KERAS_BACKEND)"
        )


def settings_flags(command: str) -> dict[str, Any]:
    """The settings that are flags of a command, as `Command` takes them."""
    found: dict[str, Any] = {}
    for name, (kind, text) in flags_of(command).items():
        if kind is bool:
            found[flag(name)] = text
        else:
            found[f"{flag(name)} {name.upper()}"] = kind, text
    return found
