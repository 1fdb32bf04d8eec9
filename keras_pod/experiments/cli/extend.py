"""The `extend` command."""

import argparse
from typing import Any

from keras_pod.experiments.cli.common import add_command


def add(commands: Any) -> argparse.ArgumentParser:
    command = add_command(
        commands,
        "extend",
        "give a trained run new classes, from a few images of each",
        "keras-pod extend runs/mine --data new-classes/ --images 10\n"
        "  (after keras-pod train --reserve 5 --out runs/mine)",
        _extend,
    )
    command.add_argument("folder", metavar="RUN", help="the folder of a trained run")
    command.add_argument(
        "--data",
        required=True,
        help="a folder with one folder of images per new class, a name or an .npz "
        "file; classes that the run has already are left out",
    )
    command.add_argument(
        "--images",
        type=int,
        help="use this many training images of each new class (default: all)",
    )
    command.add_argument(
        "--out", metavar="DIR", help="the new run's folder (default: RUN-extended)"
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    return command


def _extend(arguments: argparse.Namespace) -> None:
    from keras_pod.experiments.after.extend import extend, show

    out = arguments.out or f"{arguments.folder.rstrip('/')}-extended"
    measured = extend(arguments.folder, arguments.data, out, arguments.images)
    show(measured, out, arguments.json)
