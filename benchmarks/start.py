"""The time to begin: importing the package, and the command's help."""

import os
import subprocess
import sys

import keras
import numpy as np

from benchmarks.report import Section, milliseconds, times
from benchmarks.timing import alternate, ratio, spread

_IMPORTS = """
import time
began = time.perf_counter()
import keras
middle = time.perf_counter()
import keras_pod
print(middle - began, time.perf_counter() - middle)
"""


def start(quick: bool, repeats: int) -> Section:
    """Import times, each in a new process, and `keras-pod --help`."""
    section = Section("start", "Start-up", ("what", "backend", "time", "relative"))
    backend = keras.backend.backend()
    found = np.array([_imports(backend) for _ in range(3 if quick else repeats)])
    share = spread(100 * found[:, 1] / found[:, 0])
    for name, seconds in zip(
        ("import keras", "import keras_pod"), found.T, strict=True
    ):
        relative = "" if name == "import keras" else f"{share.median:.1f} %"
        shown = milliseconds(spread(seconds).median)
        section.add(
            (name, backend, shown, relative), what=name, seconds=spread(seconds)
        )
    text = "import keras_pod adds less than 5 % to import keras"
    shown = f"{share.median:.1f} % ({share.low:.1f} to {share.high:.1f})"
    section.aim(text, shown, share.median < 5)
    _help(section, repeats)
    return section


def _imports(backend: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTS],
        env=os.environ | {"KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=True,
    )
    return [float(v) for v in done.stdout.split()]


def _help(section: Section, repeats: int) -> None:
    def run(*arguments: str) -> None:
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)

    calls = {
        "python -c pass": lambda: run("-c", "pass"),
        "keras-pod --help": lambda: run("-m", "keras_pod", "--help"),
    }
    found = alternate(calls, repeats)
    for name, seconds in found.items():
        cells = (name, "-", milliseconds(spread(seconds).median))
        relative = ratio(found, name, "python -c pass")
        section.add((*cells, times(relative)), what=name, seconds=spread(seconds))
    median = spread(found["keras-pod --help"]).median
    section.aim("keras-pod --help under 0.5 s", milliseconds(median), median < 0.5)
