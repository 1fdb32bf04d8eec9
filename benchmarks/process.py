"""A module that runs in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping

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
