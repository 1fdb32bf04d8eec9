"""The `evaluate` command."""

import argparse
from typing import Any

from keras_pod.experiments.cli.common import add_command


def add(commands: Any) -> argparse.ArgumentParser:
    command = add_command(
        commands,
        "evaluate",
        "measure a trained run, and what its features are good for",
        "keras-pod evaluate runs/digits-pod-seed0 --verification --retrieval",
        _evaluate,
    )
    command.add_argument("folder", metavar="RUN", help="the folder of a trained run")
    command.add_argument(
        "--data", help="other data with the same classes, or where the run's are now"
    )
    command.add_argument(
        "--gaussian", action="store_true", help="classify by Gaussians as well"
    )
    command.add_argument(
        "--verification",
        nargs="?",
        const=True,
        default=False,
        metavar="PAIRS.csv",
        help="tell pairs of one class from pairs of two: all pairs of the test images, "
        "or those of a file with lines such as a.png,b.png,same (or different)",
    )
    command.add_argument(
        "--retrieval", action="store_true", help="Recall@K and mAP of the test images"
    )
    command.add_argument(
        "--gallery",
        metavar="FOLDER",
        help="a folder of images per class, of any classes, for verification and "
        "retrieval in place of the test images",
    )
    command.add_argument(
        "--probe", metavar="FOLDER", help="compare these with the gallery"
    )
    command.add_argument(
        "--unknown",
        metavar="DATA",
        help="tell the known from images of other classes: a folder, a name or .npz",
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    return command


def _evaluate(arguments: argparse.Namespace) -> None:
    from keras_pod.experiments.after.evaluate import evaluate, show

    measured = evaluate(
        arguments.folder,
        arguments.data,
        arguments.gaussian,
        verification=arguments.verification,
        retrieval=arguments.retrieval,
        gallery=arguments.gallery,
        probe=arguments.probe,
        unknown=arguments.unknown,
    )
    show(measured, arguments.json)
