"""The `keras-pod` command: arguments in, exit code out.

Nothing that loads Keras is imported before the arguments are read, because they
choose the backend. Exit codes: 0 done, 2 bad input, 1 anything else.
"""

import argparse
import contextlib
import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from keras_pod._version import __version__
from keras_pod.errors import InputError

BACKENDS = ("tensorflow", "jax", "torch")


def main(argv: list[str] | None = None) -> int:
    """Runs the command.

    Args:
        argv: the arguments; those of the process by default.

    Returns:
        the exit code.
    """
    arguments = _parser().parse_args(argv)
    if arguments.backend:
        os.environ["KERAS_BACKEND"] = arguments.backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with _quiet_start():
            importlib.import_module("keras_pod.data")
            importlib.import_module("keras_pod.classifier")
            # A saved run names its optimizer, which Keras finds once it is imported.
            importlib.import_module("keras_pod.optimizers")
        return arguments.run(arguments) or 0
    except InputError as error:
        print(f"keras-pod: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("keras-pod: stopped; the same command goes on", file=sys.stderr)
        return 130
    except (RuntimeError, OSError, ImportError) as error:
        print(f"keras-pod: {type(error).__name__}: {error}", file=sys.stderr)
        return 1


@contextlib.contextmanager
def _quiet_start() -> Iterator[None]:
    """Keeps back what is written to standard error, and shows it after a failure.

    TensorFlow notes there which CPU and GPU features it found, before any setting
    can stop it.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as notes, os.fdopen(os.dup(2), "wb") as stderr:
        os.dup2(notes.fileno(), 2)
        try:
            yield
        except BaseException:
            notes.seek(0)
            stderr.write(notes.read())
            raise
        finally:
            os.dup2(stderr.fileno(), 2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="keras-pod",
        description="Train and use image classifiers with POD Loss and its relatives.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_train, _add_compare, _add_evaluate, _add_predict):
        command = add(commands)
        command.add_argument(
            "--backend", choices=BACKENDS, help="Keras backend (default: KERAS_BACKEND)"
        )
    return parser


def _command(commands, name, help, example, run) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name,
        help=help,
        description=help[0].upper() + help[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)
    return command


# -- train ------------------------------------------------------------------------

# Flags that are fields of Settings; what is not given is the settings' default.
_SETTINGS = {
    "data": (str, "digits, fashion_mnist, a TFDS name, a folder or an .npz file"),
    "backbone": (str, "auto, resnet8, resnet20, resnet18; a width as in resnet8-32"),
    "loss": (str, "pod (default), softmax, arcface, ...; a wrong one lists all"),
    "epochs": (int, "passes over the training images"),
    "seed": (int, "decides initial weights, data order and augmentation"),
    "dim": (int, "size of the features"),
    "lr": (float, "base learning rate (default: the loss's own)"),
    "l2": (float, "L2 penalty through momentum (default: the loss's own)"),
    "schedule": (str, "learning rate over time: cosine, step or constant"),
    "batch_size": (int, "images in a step (default: 128)"),
    "precision": (str, "float32, mixed_bfloat16 or mixed_float16"),
    "augment": (str, "auto or none"),
    "validation_split": (float, "hold out this share of the training images"),
    "limit": (int, "train on this many images only"),
}
_OPTIONS = {
    "alpha": (float, "weight of the norm-adaptive term of nac and pod"),
    "lam": (float, "weight of the self-correlation term of pod"),
}


def _add_train(commands) -> argparse.ArgumentParser:
    command = _command(
        commands,
        "train",
        "train a classifier; the same command goes on where it stopped",
        "keras-pod train --data fashion_mnist --loss pod --epochs 10 --out runs/mine",
        _train,
    )
    for name, (kind, help) in (_SETTINGS | _OPTIONS).items():
        command.add_argument(f"--{name.replace('_', '-')}", type=kind, help=help)
    command.add_argument("--out", metavar="DIR", help="the run's folder")
    return command


def _train(arguments: argparse.Namespace) -> None:
    from keras_pod.experiments.settings import Settings
    from keras_pod.experiments.train import train

    given = {k: v for k, v in vars(arguments).items() if v is not None}
    options = {k: given[k] for k in _OPTIONS if k in given}
    settings = Settings(
        **{k: given[k] for k in _SETTINGS if k in given}, options=options
    )
    data = Path(settings.data).stem
    default = Path("runs") / f"{data}-{settings.loss}-seed{settings.seed}"
    train(settings, arguments.out or default)


# -- compare ----------------------------------------------------------------------

# What every method of a comparison is given; the rest differs between them.
_SHARED = (
    "data",
    "backbone",
    "epochs",
    "dim",
    "schedule",
    "batch_size",
    "precision",
    "augment",
    "limit",
)


def _add_compare(commands) -> argparse.ArgumentParser:
    command = _command(
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
    for name in _SHARED:
        kind, help = _SETTINGS[name]
        command.add_argument(f"--{name.replace('_', '-')}", type=kind, help=help)
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
    command.add_argument(
        "--jobs", type=int, help="runs at a time (default: 1 on a GPU, up to 4 on CPUs)"
    )
    command.add_argument("--retry", action="store_true", help="run failed runs again")
    command.add_argument("--out", metavar="DIR", help="the comparison's folder")
    return command


def _compare(arguments: argparse.Namespace) -> None:
    from keras_pod import methods
    from keras_pod.experiments.compare import DEFAULT_METHODS, compare
    from keras_pod.experiments.plan import Sweep
    from keras_pod.experiments.settings import Settings

    given = {k: v for k, v in vars(arguments).items() if v is not None}
    settings = Settings(**{k: given[k] for k in _SHARED if k in given})
    names = given.get("methods", DEFAULT_METHODS)
    if names == ["all"]:
        names = list(methods.METHODS)
    sweep = None
    if "sweep" in given:
        split = {k: given[k] for k in ("validation_split",) if k in given}
        sweep = Sweep(given["sweep"], given.get("sweep_epochs"), **split)
    elif "sweep_epochs" in given or "validation_split" in given:
        raise InputError("--sweep-epochs and --validation-split are for --sweep.")
    if given.get("jobs", 1) < 1:
        raise InputError(f"--jobs must be >= 1: {given['jobs']}")
    out = given.get("out", Path("runs") / f"compare-{Path(settings.data).stem}")
    compare(
        names,
        settings,
        given.get("seeds", 3),
        out,
        sweep,
        given.get("jobs"),
        arguments.retry,
    )


# -- evaluate, predict ------------------------------------------------------------


def _add_evaluate(commands) -> argparse.ArgumentParser:
    command = _command(
        commands,
        "evaluate",
        "measure a trained run on its test images, or on other data",
        "keras-pod evaluate runs/digits-pod-seed0",
        _evaluate,
    )
    command.add_argument("folder", metavar="RUN", help="the folder of a trained run")
    command.add_argument("--data", help="other data with the same classes")
    command.add_argument(
        "--gaussian", action="store_true", help="classify by Gaussians as well"
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    return command


def _evaluate(arguments: argparse.Namespace) -> None:
    from keras_pod.experiments.evaluate import evaluate, show

    measured = evaluate(arguments.folder, arguments.data, arguments.gaussian)
    show(measured, arguments.json)


def _add_predict(commands) -> argparse.ArgumentParser:
    command = _command(
        commands,
        "predict",
        "the class of each image, and how sure",
        "keras-pod predict runs/digits-pod-seed0 three.png more/ --json",
        _predict,
    )
    command.add_argument("folder", metavar="RUN", help="the folder of a trained run")
    command.add_argument(
        "paths", metavar="PATH", nargs="+", help="image files, or folders of them"
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    return command


def _predict(arguments: argparse.Namespace) -> None:
    from keras_pod.experiments.predict import predict, show

    show(predict(arguments.folder, arguments.paths), arguments.json)
