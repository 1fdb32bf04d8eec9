"""The `calibrate` command."""

import argparse
from typing import Any

from keras_pod.experiments.cli.common import add_command


def add(commands: Any) -> argparse.ArgumentParser:
    command = add_command(
        commands,
        "calibrate",
        'save probabilities, and a threshold for "none of these", in a run\'s model',
        "keras-pod calibrate runs/digits-pod-seed0 --threshold 0.95",
        _calibrate,
    )
    command.add_argument("folder", metavar="RUN", help="the folder of a trained run")
    command.add_argument(
        "--class-bias",
        action="store_true",
        help="also fit a bias for each class, which may change predicted classes",
    )
    command.add_argument(
        "--threshold",
        type=float,
        nargs="?",
        const=0.95,
        metavar="KEEP",
        help="also fit the threshold that keeps this share of the known images "
        "(0.95 where no number is given)",
    )
    command.add_argument(
        "--score",
        help="what the threshold is on: cosine (default), norm, product, energy, "
        "probability, or gaussian (a Gaussian for each class on the features); "
        "`evaluate --unknown` compares them",
    )
    command.add_argument("--data", help="where the run's data are now, if moved")
    command.add_argument("--json", action="store_true", help="print JSON")
    return command


def _calibrate(arguments: argparse.Namespace) -> None:
    from keras_pod.experiments.after.calibrate import calibrate, show

    result = calibrate(
        arguments.folder,
        arguments.class_bias,
        arguments.threshold,
        arguments.score,
        arguments.data,
    )
    show(result, arguments.json)
