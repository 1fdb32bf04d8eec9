"""The `keras-pod` command: arguments in, exit code out.

Nothing that loads Keras is imported before the arguments are read, because they
choose the backend. Exit codes: 0 done, 2 bad input, 130 stopped by Ctrl-C, 1 anything
else.
"""

import argparse
import contextlib
import importlib
import logging
import os
import sys
import warnings
from collections.abc import Iterator

from keras_pod._version import __version__
from keras_pod.core.errors import InputError
from keras_pod.experiments.cli.after import AFTER
from keras_pod.experiments.cli.compare import COMPARE, REPRODUCE
from keras_pod.experiments.cli.train import TRAIN, TUNE

# In the order of the help.
COMMANDS = (TRAIN, TUNE, COMPARE, REPRODUCE, *AFTER)


def main(argv: list[str] | None = None) -> int:
    """Run the command with its arguments, those of the process by default."""
    formatting, warnings.formatwarning = warnings.formatwarning, _told
    try:
        known, unknown = _parser().parse_known_args(argv)
        arguments = vars(known)
        parser = arguments.pop("parser")
        if unknown:
            # argparse would print the flags of `keras-pod` itself.
            parser.error(
                f"unknown arguments: {' '.join(unknown)}; {parser.prog} --help "
                "explains those that there are"
            )
        run, backend = arguments.pop("run"), arguments.pop("backend")
        if backend:
            os.environ["KERAS_BACKEND"] = backend
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        with _quiet_start():
            importlib.import_module("keras_pod.data")
            importlib.import_module("keras_pod.classifier")
            # A saved run names its optimizer, which Keras finds once it is imported.
            importlib.import_module("keras_pod.optimizers")
        # It warns of every model that is traced, and a command makes several.
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
        ended = run(**{k: v for k, v in arguments.items() if v is not None})
        return ended if isinstance(ended, int) else 0
    except InputError as error:
        return _end(2, error)
    except KeyboardInterrupt:
        return _end(130, "stopped")
    except MemoryError as error:
        return _end(1, f"too little memory: {error or 'use less data'}")
    except _failures() as error:
        return _end(1, f"{type(error).__name__}: {error}")
    finally:
        warnings.formatwarning = formatting


def _told(message: object, *where: object, **line: object) -> str:
    """A warning for people, to whom the line of code that warns says nothing."""
    return f"keras-pod: {message}\n"


def _end(code: int, message: object) -> int:
    print(f"keras-pod: {message}", file=sys.stderr)
    return code


def _failures() -> tuple[type[Exception], ...]:
    """Errors that are no mistake of the user; a full disk may be an OpError."""
    tensorflow = sys.modules.get("tensorflow")
    own = (tensorflow.errors.OpError,) if tensorflow else ()
    return RuntimeError, OSError, ImportError, *own


@contextlib.contextmanager
def _quiet_start() -> Iterator[None]:
    """Drop what is written to standard error; an exception is shown later.

    TensorFlow notes there which CPU and GPU features it found, before any setting
    can stop it.
    """
    sys.stderr.flush()
    stderr = os.dup(2)
    try:
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="keras-pod",
        description="Train and use image classifiers with POD Loss and its relatives.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(commands)
    return parser
