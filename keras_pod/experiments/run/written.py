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
    """Write the figure that `draw` returns; False, and a note, without matplotlib."""
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
