"""The `compare` command."""

import argparse
from pathlib import Path
from typing import Any

from keras_pod.core.errors import InputError
from keras_pod.experiments.cli.common import (
    JOBS,
    add_command,
    add_log,
    add_settings,
    given_settings,
)


def add(commands: Any) -> argparse.ArgumentParser:
    command = add_command(
        commands,
        "compare",
        "train many losses alike and compare them; goes on where it stopped",
        "keras-pod compare --methods softmax,arcface,pod --sweep 6 --out runs/mine",
        _compare,
    )
    command.add_argument(
        "--methods",
        type=lambda text: [name.strip() for name in text.split(",") if name.strip()],
        metavar="NAME,NAME",
        help="losses, with options as in pod:lam=0.1; or all (default: those of the "
        "POD paper's Table IV, rbf-softmax and scaled-bn)",
    )
    command.add_argument("--seeds", type=int, help="runs of each method (default: 3)")
    add_settings(command, "compare")
    command.add_argument(
        "--sweep",
        type=int,
        metavar="TRIALS",
        help="first search each method's learning rate and L2 with so many trials",
    )
    command.add_argument("--sweep-epochs", type=int, help="epochs of a trial")
    command.add_argument(
        "--validation-split",
        type=float,
        help="share of the training images that trials are judged on (default: 0.2)",
    )
    command.add_argument("--jobs", type=int, help=JOBS)
    command.add_argument("--retry", action="store_true", help="run failed runs again")
    command.add_argument(
        "--save",
        action="store_true",
        help="keep the final runs with their models, for report and the others",
    )
    add_log(command)
    command.add_argument("--out", metavar="DIR", help="the comparison's folder")
    return command


def _compare(arguments: argparse.Namespace) -> None:
    from keras_pod import methods
    from keras_pod.experiments.compare.compare import DEFAULT_METHODS, compare
    from keras_pod.experiments.compare.plan import Sweep
    from keras_pod.experiments.run.settings import Settings

    given = {k: v for k, v in vars(arguments).items() if v is not None}
    settings = Settings(**given_settings(arguments, "compare"))
    names = given.get("methods", DEFAULT_METHODS)
    if names == ["all"]:
        names = list(methods.METHODS)
    sweep = None
    if "sweep" in given:
        split = {k: given[k] for k in ("validation_split",) if k in given}
        sweep = Sweep(given["sweep"], given.get("sweep_epochs"), **split)
    elif "sweep_epochs" in given or "validation_split" in given:
        raise InputError("--sweep-epochs and --validation-split are for --sweep.")
    out = given.get("out", Path("runs") / f"compare-{Path(settings.data).stem}")
    compare(
        names,
        settings,
        given.get("seeds", 3),
        out,
        sweep,
        given.get("jobs"),
        arguments.retry,
        save=arguments.save,
        log=arguments.log,
    )
