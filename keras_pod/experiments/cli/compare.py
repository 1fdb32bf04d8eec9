"""The `compare` command."""

import argparse
from pathlib import Path

from keras_pod.core.errors import InputError
from keras_pod.experiments.cli.command import (
    JOBS,
    LOG,
    RETRY,
    Command,
    given,
    given_settings,
    settings_flags,
)


def _compare(arguments: argparse.Namespace) -> None:
    from keras_pod import methods
    from keras_pod.experiments.compare.compare import DEFAULT_METHODS, compare
    from keras_pod.experiments.compare.plan import Sweep
    from keras_pod.experiments.run.settings import Settings

    chosen = given(arguments)
    settings = Settings(**given_settings(arguments, "compare"))
    names = chosen.get("methods", DEFAULT_METHODS)
    if names == ["all"]:
        names = list(methods.METHODS)
    sweep = None
    if "sweep" in chosen:
        split = {k: chosen[k] for k in ("validation_split",) if k in chosen}
        sweep = Sweep(chosen["sweep"], chosen.get("sweep_epochs"), **split)
    elif "sweep_epochs" in chosen or "validation_split" in chosen:
        raise InputError("--sweep-epochs and --validation-split are for --sweep.")
    compare(
        names,
        settings,
        chosen.get("seeds", 3),
        arguments.out or Path("runs") / f"compare-{Path(settings.data).stem}",
        sweep,
        arguments.jobs,
        chosen.get("retry", False),
        save=chosen.get("save", False),
        log=chosen.get("log", ""),
    )


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


COMPARE = Command(
    "compare",
    "train many losses alike and compare them; goes on where it stopped",
    "keras-pod compare --methods softmax,arcface,pod --sweep 6 --out runs/mine",
    _compare,
    {
        "--methods NAME,NAME": (
            _names,
            "losses, with options as in pod:lam=0.1; or all (default: those of the "
            "POD paper's Table IV, pod-ce, rbf-softmax and scaled-bn)",
        ),
        "--seeds N": (int, "runs of each method (default: 3)"),
        **settings_flags("compare"),
        "--sweep TRIALS": (
            int,
            "first search each method's learning rate and L2 with so many trials",
        ),
        "--sweep-epochs N": (int, "epochs of a trial"),
        "--validation-split SHARE": (
            float,
            "share of the training images that trials are judged on (default: 0.2)",
        ),
        **JOBS,
        **RETRY,
        "--save": "keep the final runs with their models, for report and the others",
        **LOG,
        "--out DIR": "the comparison's folder",
    },
)
