"""The `tune` command."""

import argparse
from pathlib import Path
from typing import Any

from keras_pod.core.errors import InputError
from keras_pod.experiments.cli.common import add_command, add_settings
from keras_pod.experiments.option import merged, parse_option

_SETTINGS = (
    "data",
    "backbone",
    "loss",
    "epochs",
    "seed",
    "dim",
    "lr",
    "l2",
    "schedule",
    "batch_size",
    "precision",
    "augment",
    "validation_split",
    "limit",
    "optimizer",
    "nesterov",
    "warmup",
    "reset_momentum",
    "image_size",
    "drop_last",
    "pretrained",
    "stem",
    "neck",
)
# Those that may be searched, and so are fixed where they are given.
_FIXABLE = ("dim", "lr", "l2", "schedule", "warmup")

_MORE = """
several machines, with a folder that all can write to:
  chief:    KERASTUNER_TUNER_ID=chief KERASTUNER_ORACLE_IP=10.0.0.1 \\
            KERASTUNER_ORACLE_PORT=8000 keras-pod tune ... --workers 1 --out /shared/a
  worker:   KERASTUNER_TUNER_ID=worker-a and the rest the same, the same command
The chief runs --workers of its own beside those of the other machines. A worker
that is silent for two minutes is given up, with its trial."""


def add(commands: Any) -> argparse.ArgumentParser:
    command = add_command(
        commands,
        "tune",
        "search a loss's hyperparameters; goes on where it stopped",
        "keras-pod tune --loss pod --search alpha,lam=0.01:100 --fix dim=64 "
        "--trials 20 --confirm 3",
        _tune,
    )
    command.epilog += "\n" + _MORE
    command.add_argument(
        "--tuner", help="random (default), bayesian, hyperband or grid"
    )
    command.add_argument(
        "--search",
        metavar="NAME[=PLACE],..",
        help="what is searched: alpha,lam or lam=0.01:100 or scale=2/4/8; a wrong "
        "name lists all (default: the loss's own hyperparameters and lr)",
    )
    command.add_argument(
        "--fix",
        action="append",
        metavar="NAME=VALUE",
        help="a hyperparameter that is not searched, with its value; may be repeated",
    )
    command.add_argument(
        "--trials",
        type=int,
        help="at most so many (default: 20; of grid and hyperband all)",
    )
    command.add_argument(
        "--workers", type=int, help="trials at the same time (default: 1)"
    )
    command.add_argument(
        "--confirm",
        type=int,
        metavar="SEEDS",
        help="train the best three and the defaults again with so many other seeds; "
        "held-out images decide",
    )
    command.add_argument(
        "--retrain",
        type=int,
        metavar="SEEDS",
        help="train the best and the defaults on all data, judged on the test images",
    )
    add_settings(command, _SETTINGS)
    command.add_argument("--out", metavar="DIR", help="the search's folder")
    return command


def _tune(arguments: argparse.Namespace) -> None:
    from keras_pod.experiments.tune.search import Search, tune

    given = {k: v for k, v in vars(arguments).items() if v is not None}
    fixed = _fixed(given)
    loss = given.get("loss", "pod")
    search = Search(
        loss,
        given.get("search", ""),
        fixed,
        given.get("tuner", "random"),
        given.get("trials"),
        {k: given[k] for k in _SETTINGS if k in given and k not in ("loss", *fixed)},
    )
    data = Path(given.get("data", "digits")).stem
    default = Path("runs") / f"tune-{data}-{loss.partition(':')[0]}"
    tune(
        search,
        given.get("out", default),
        given.get("workers", 1),
        given.get("confirm", 0),
        given.get("retrain", 0),
    )


def _fixed(given: dict[str, Any]) -> dict[str, Any]:
    written = []
    for text in given.get("fix", []):
        parsed = parse_option(text)
        if parsed is None:
            raise InputError(f"--fix {text}: write name=value.")
        written.append((f"--fix {text}", *parsed))
    flags = [name for name in _FIXABLE if name in given]
    return merged([*written, *((f"--{k} {given[k]}", k, given[k]) for k in flags)])
