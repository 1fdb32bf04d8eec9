"""The `tune` command."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_pod.core.errors import InputError
from keras_pod.experiments.cli.command import (
    LOG,
    Command,
    given,
    given_settings,
    settings_flags,
)
from keras_pod.experiments.run.options import merged, parse_option
from keras_pod.experiments.run.settings import names_with

_MORE = """
several machines, with a folder that all can write to:
  chief:    KERASTUNER_TUNER_ID=chief KERASTUNER_ORACLE_IP=10.0.0.1 \\
            KERASTUNER_ORACLE_PORT=8000 keras-pod tune ... --workers 1 --out /shared/a
  worker:   KERASTUNER_TUNER_ID=worker-a and the rest the same, the same command
The chief runs --workers of its own beside those of the other machines. If one is
lost, stop the others and start all again: the search goes on."""


def _tune(arguments: argparse.Namespace) -> None:
    from keras_pod.experiments.run.trackers import parse
    from keras_pod.experiments.tune.description import Search
    from keras_pod.experiments.tune.tune import tune

    chosen, settings = given(arguments), given_settings(arguments, "tune")
    fixed = _fixed(arguments.fix, settings)
    loss = settings.pop("loss", "pod")
    search = Search(
        loss,
        fixed=fixed,
        settings={k: v for k, v in settings.items() if k not in fixed},
        log=parse(arguments.log or ""),
        **{k: chosen[k] for k in ("search", "tuner", "trials") if k in chosen},
    )
    data = Path(settings.get("data", "digits")).stem
    default = Path("runs") / f"tune-{data}-{loss.partition(':')[0]}"
    more = {k: chosen[k] for k in ("workers", "confirm", "retrain") if k in chosen}
    tune(search, arguments.out or default, **more)


def _fixed(texts: Sequence[str], given: dict[str, Any]) -> dict[str, Any]:
    """The values of --fix and of the flags of settings that can be searched."""
    written = []
    for text in texts:
        parsed = parse_option(text)
        if parsed is None:
            raise InputError(f"--fix {text}: write name=value.")
        written.append((f"--fix {text}", *parsed))
    flags = {k: given[k] for k in names_with(searched=True) if k in given}
    return merged([*written, *((f"--{k} {v}", k, v) for k, v in flags.items())])


TUNE = Command(
    "tune",
    "search a loss's hyperparameters; goes on where it stopped",
    "keras-pod tune --loss pod --search alpha,lam=0.01:100 --fix dim=64 "
    "--trials 20 --confirm 3",
    _tune,
    {
        "--tuner NAME": "random (default), bayesian, hyperband or grid",
        "--search NAME[=PLACE],..": "what is searched: alpha,lam or lam=0.01:100 or "
        "scale=2/4/8; a wrong name lists all (default: the loss's own hyperparameters "
        "and lr)",
        "--fix NAME=VALUE": {
            "action": "append",
            "default": [],
            "help": "a hyperparameter that is not searched, with its value; may be "
            "repeated",
        },
        "--trials N": (int, "at most so many (default: 20; of grid and hyperband all)"),
        "--workers N": (int, "trials at the same time (default: 1)"),
        "--confirm SEEDS": (
            int,
            "train the best three and the defaults again with so many other seeds; "
            "held-out images decide",
        ),
        "--retrain SEEDS": (
            int,
            "train the best and the defaults on all data, judged on the test images",
        ),
        **settings_flags("tune"),
        **LOG,
        "--out DIR": "the search's folder",
    },
    _MORE,
)
