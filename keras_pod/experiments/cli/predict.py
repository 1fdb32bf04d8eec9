"""The `predict` command."""

import argparse
from typing import Any

from keras_pod.experiments.cli.common import add_command


def add(commands: Any) -> argparse.ArgumentParser:
    command = add_command(
        commands,
        "predict",
        "the class of each image, and how sure",
        "keras-pod predict runs/digits-pod-seed0 three.png more/ --json",
        _predict,
    )
    command.add_argument("folder", metavar="RUN", help="the folder of a trained run")
    command.add_argument(
        "paths", metavar="PATH", nargs="+", help="image files, or folders of them"
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    return command


def _predict(arguments: argparse.Namespace) -> int:
    from keras_pod.experiments.after.predict import predict, show

    bad = show(predict(arguments.folder, arguments.paths), arguments.json)
    return 1 if bad else 0
