"""The commands `train` and `tune`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_pod.experiments.cli.command import LOG, Command, settings_flags
from keras_pod.experiments.run.options import merged, parse_method, parse_option
from keras_pod.experiments.run.settings import SEARCHED, Settings


def _train(
    out: str | None = None,
    config: str | None = None,
    devices: int = 1,
    log: str = "",
    **given: Any,
) -> None:
    from keras_pod.experiments.after.trained import settings_of
    from keras_pod.experiments.run.trackers import parse
    from keras_pod.experiments.run.train import train

    saved = settings_of(config) if config else {}
    loss = given.get("loss", saved.get("loss", Settings.loss))
    given["loss"], options = parse_method(loss)
    if given["loss"] == saved.get("loss"):
        options = saved["options"] | options
    elif saved:
        # They are the other loss's.
        saved |= {"lr": None, "l2": None, "neck": "auto"}
    settings = Settings(**saved | given | {"options": options})
    data = Path(settings.data).stem
    default = Path("runs") / f"{data}-{settings.loss}-seed{settings.seed}"
    train(settings, out or default, devices=devices, log=parse(log))


TRAIN = Command(
    "train",
    "train a classifier; the same command goes on where it stopped",
    "keras-pod train --data fashion_mnist --loss pod --epochs 10 --out runs/mine",
    _train,
    {
        **settings_flags("train"),
        "--devices N": (
            int,
            "share every batch among N GPUs or TPU cores (or parts of the CPU)",
        ),
        "--config RUN": "begin with the settings of another run, its folder or "
        "run.json; flags that are given win",
        **LOG,
        "--out DIR": "the run's folder",
    },
)


def _tune(
    out: str | None = None,
    loss: str = "pod",
    fix: Sequence[str] = (),
    search: str = "",
    tuner: str = "random",
    trials: int | None = None,
    workers: int = 1,
    confirm: int = 0,
    retrain: int = 0,
    log: str = "",
    **settings: Any,
) -> None:
    from keras_pod.experiments.run.trackers import parse
    from keras_pod.experiments.tune.search import Search
    from keras_pod.experiments.tune.tune import tune

    flags = {k: settings[k] for k in SEARCHED if k in settings}
    fixed = merged([*map(parse_option, fix), *flags.items()])
    settings = {k: v for k, v in settings.items() if k not in fixed}
    wanted = Search(loss, search, fixed, tuner, trials, settings, parse(log))
    data = Path(settings.get("data", "digits")).stem
    default = Path("runs") / f"tune-{data}-{loss.partition(':')[0]}"
    tune(wanted, out or default, workers, confirm, retrain)


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
)
