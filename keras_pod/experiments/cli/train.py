"""The `train` command."""

import argparse
from pathlib import Path
from typing import Any

from keras_pod.experiments.cli.common import SETTINGS, add_command, add_settings

_OPTIONS = {
    "alpha": (float, "weight of the norm-adaptive term of nac and pod"),
    "lam": (float, "weight of the self-correlation term of pod"),
}


def add(commands: Any) -> argparse.ArgumentParser:
    command = add_command(
        commands,
        "train",
        "train a classifier; the same command goes on where it stopped",
        "keras-pod train --data fashion_mnist --loss pod --epochs 10 --out runs/mine",
        _train,
    )
    add_settings(command, SETTINGS)
    for name, (kind, help) in _OPTIONS.items():
        command.add_argument(f"--{name}", type=kind, help=help)
    command.add_argument(
        "--profile",
        action="store_true",
        help="first measure the input pipeline and the training step",
    )
    command.add_argument(
        "--devices",
        type=int,
        default=1,
        metavar="N",
        help="share every batch among N GPUs or TPU cores (or parts of the CPU)",
    )
    command.add_argument("--out", metavar="DIR", help="the run's folder")
    return command


def _train(arguments: argparse.Namespace) -> None:
    from keras_pod.experiments.option import merged
    from keras_pod.experiments.run.settings import Settings, parse_method
    from keras_pod.experiments.run.train import train

    given = {k: v for k, v in vars(arguments).items() if v is not None}
    loss = given.get("loss", Settings.loss)
    given["loss"], options = parse_method(loss)
    written = [(f"--loss {loss}", *option) for option in options.items()]
    written += [(f"--{k} {given[k]}", k, given[k]) for k in _OPTIONS if k in given]
    settings = Settings(
        **{k: given[k] for k in SETTINGS if k in given}, options=merged(written)
    )
    data = Path(settings.data).stem
    default = Path("runs") / f"{data}-{settings.loss}-seed{settings.seed}"
    seconds = 3.0 if arguments.profile else 0.0
    train(
        settings,
        arguments.out or default,
        profile=seconds,
        devices=arguments.devices,
    )
