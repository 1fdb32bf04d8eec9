"""A module that runs in a process of its own, and the command line of some."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping

import keras


def output(
    module: str,
    *arguments: object,
    text: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """The standard output of `python -m module`, on the backend that is used here.

    Args:
        module: its name.
        *arguments: of its command line.
        text: its standard input.
        environment: variables that differ from those here.

    Raises:
        RuntimeError: it failed; with the end of what it said.
    """
    backend = {"KERAS_BACKEND": keras.backend.backend()}
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        input=text,
        env=os.environ | backend | dict(environment or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def print_seconds(train: Callable[[str, int, int, int], list[float]]) -> None:
    """Train as the command line says, and print the seconds of each epoch as JSON.

    Args:
        train: takes a data file, the number of epochs, the size of the features and of
            the batches.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--batch-size", type=int, default=128)
    given = parser.parse_args()
    print(json.dumps(train(given.data, given.epochs, given.dim, given.batch_size)))
