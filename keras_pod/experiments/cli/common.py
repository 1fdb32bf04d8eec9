"""Parts that the commands' parsers share. Nothing here loads Keras."""

import argparse
from collections.abc import Callable
from typing import Any

from keras_pod.experiments.run.settings import flag, flags_of


def add_command(
    commands: Any, name: str, help: str, example: str, run: Callable
) -> argparse.ArgumentParser:
    """Adds a command, whose `--help` ends with an example, and returns its parser."""
    command = commands.add_parser(
        name,
        help=help,
        description=help[0].upper() + help[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)
    return command


def add_settings(command: argparse.ArgumentParser, name: str) -> None:
    """Adds the settings that are flags of a command; one that is not given is None."""
    for setting, (kind, help) in flags_of(name).items():
        if kind is bool:
            command.add_argument(
                flag(setting), action="store_true", default=None, help=help
            )
        else:
            command.add_argument(flag(setting), type=kind, help=help)


def given_settings(arguments: argparse.Namespace, name: str) -> dict[str, Any]:
    """The settings that the user gave as flags of a command."""
    found = {setting: getattr(arguments, setting) for setting in flags_of(name)}
    return {setting: value for setting, value in found.items() if value is not None}


def add_log(command: argparse.ArgumentParser) -> None:
    """Adds `--log`."""
    command.add_argument(
        "--log",
        default="",
        metavar="NAME,..",
        help="trackers that get the numbers too: tensorboard, wandb, mlflow",
    )


JOBS = "runs at a time (default: 1 on a GPU, up to 4 on CPUs)"
