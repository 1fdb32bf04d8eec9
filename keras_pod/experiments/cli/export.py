"""The `export` command."""

import argparse
from typing import Any

from keras_pod.experiments.cli.common import add_command


def add(commands: Any) -> argparse.ArgumentParser:
    command = add_command(
        commands,
        "export",
        "write a trained run as a file to serve, and check what it answers",
        "keras-pod export runs/digits-pod-seed0 --format onnx",
        _export,
    )
    command.add_argument("folder", metavar="RUN", help="the folder of a trained run")
    command.add_argument(
        "--format",
        default="saved_model",
        help="saved_model (default; for TensorFlow and its servers), onnx, or litert",
    )
    command.add_argument(
        "--out",
        metavar="PATH",
        help="what to write (default: saved_model/, model.onnx or model.tflite in the "
        "run's folder)",
    )
    command.add_argument(
        "--force", action="store_true", help="replace an export that is already there"
    )
    return command


def _export(arguments: argparse.Namespace) -> None:
    from keras_pod.experiments.export.export import export_run, show

    show(export_run(arguments.folder, arguments.format, arguments.out, arguments.force))
