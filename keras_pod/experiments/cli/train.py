"""The `train` command."""

import argparse
from pathlib import Path

from keras_pod.experiments.cli.command import (
    LOG,
    Command,
    given_settings,
    settings_flags,
)

# Short for `--loss pod:alpha=0.1:lam=2`.
_OPTIONS = ("alpha", "lam")


def _train(arguments: argparse.Namespace) -> None:
    from keras_pod.experiments.after.trained import settings_of
    from keras_pod.experiments.run.options import merged, parse_method
    from keras_pod.experiments.run.settings import Settings
    from keras_pod.experiments.run.trackers import parse
    from keras_pod.experiments.run.train import train

    saved = settings_of(arguments.config) if arguments.config else {}
    given = given_settings(arguments, "train")
    loss = given.get("loss", saved.get("loss", Settings.loss))
    given["loss"], options = parse_method(loss)
    written = [(f"--loss {loss}", *option) for option in options.items()]
    for name in _OPTIONS:
        value = getattr(arguments, name)
        if value is not None:
            written.append((f"--{name} {value}", name, value))
    options = merged(written)
    if given["loss"] == saved.get("loss"):
        options = saved["options"] | options
    elif saved:
        # They are the other loss's.
        saved |= {"lr": None, "l2": None, "neck": "auto"}
    settings = Settings(**saved | given | {"options": options})
    data = Path(settings.data).stem
    default = Path("runs") / f"{data}-{settings.loss}-seed{settings.seed}"
    train(
        settings,
        arguments.out or default,
        profile=3.0 if arguments.profile else 0.0,
        devices=arguments.devices,
        log=parse(arguments.log or ""),
    )


TRAIN = Command(
    "train",
    "train a classifier; the same command goes on where it stopped",
    "keras-pod train --data fashion_mnist --loss pod --epochs 10 --out runs/mine",
    _train,
    {
        **settings_flags("train"),
        "--alpha ALPHA": (float, "weight of the norm-adaptive term of nac and pod"),
        "--lam LAM": (float, "weight of the self-correlation term of pod"),
        "--profile": "first measure the input pipeline and the training step",
        "--devices N": {
            "type": int,
            "default": 1,
            "help": "share every batch among N GPUs or TPU cores (or parts of the CPU)",
        },
        "--config RUN": "begin with the settings of another run, its folder or "
        "run.json; flags that are given count",
        **LOG,
        "--out DIR": "the run's folder",
    },
)
