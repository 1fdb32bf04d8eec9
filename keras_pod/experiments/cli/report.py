"""The `report` command."""

import argparse
from typing import Any

from keras_pod.experiments.cli.common import add_command


def add(commands: Any) -> argparse.ArgumentParser:
    command = add_command(
        commands,
        "report",
        "look at trained runs side by side: one HTML file with figures and claims",
        "keras-pod report runs/digits-softmax-seed0 runs/digits-pod-seed0",
        _report,
    )
    command.add_argument(
        "folders", metavar="RUN", nargs="+", help="folders of trained runs"
    )
    command.add_argument(
        "--out",
        metavar="FILE",
        default="report.html",
        help="the page (default: report.html)",
    )
    command.add_argument(
        "--figures", metavar="DIR", help="write each figure as PNG as well, with data"
    )
    command.add_argument(
        "--gaussian", action="store_true", help="classify by Gaussians as well"
    )
    command.add_argument("--data", help="where the runs' data are now, if moved")
    return command


def _report(arguments: argparse.Namespace) -> None:
    try:
        from keras_pod.experiments.report.page import report
    except ModuleNotFoundError as error:
        if error.name != "matplotlib":
            raise
        raise ImportError(
            "a report draws figures with matplotlib: pip install keras-pod[plots]"
        ) from error

    report(
        arguments.folders,
        arguments.out,
        arguments.figures,
        arguments.gaussian,
        data=arguments.data,
    )
