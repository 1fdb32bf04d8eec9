"""The `evaluate` command."""

import argparse
from typing import Any

from keras_pod.commands.common import add_command


def add(commands: Any) -> argparse.ArgumentParser:
    command = add_command(
        commands,
        "evaluate",
        "measure a trained run on its test images, or on other data",
        "keras-pod evaluate runs/digits-pod-seed0",
        _evaluate,
    )
    command.add_argument("folder", metavar="RUN", help="the folder of a trained run")
    command.add_argument("--data", help="other data with the same classes")
    command.add_argument(
        "--gaussian", action="store_true", help="classify by Gaussians as well"
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    return command


def _evaluate(arguments: argparse.Namespace) -> None:
    from keras_pod.experiments.evaluate import evaluate, show

    measured = evaluate(arguments.folder, arguments.data, arguments.gaussian)
    show(measured, arguments.json)
