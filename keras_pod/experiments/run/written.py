"""Pictures that several commands write."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from keras_pod.core.disk import write_whole

NO_MATPLOTLIB = "no picture: it needs matplotlib (pip install keras-pod[plots])"


def save_picture(
    path: Path, draw: Callable[[], Any], console: Console | None = None
) -> bool:
    """Write a figure as a picture; whether matplotlib is here.

    Args:
        path: the file.
        draw: imports what draws, and returns the figure.
        console: told where there is no picture.
    """
    try:
        figure = draw()
    except ModuleNotFoundError as error:
        if error.name != "matplotlib":
            raise
        if console:
            console.print(NO_MATPLOTLIB)
        return False
    write_whole(path, lambda beside: figure.savefig(beside, dpi=120))
    return True
