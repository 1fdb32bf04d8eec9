"""Checks of the arguments that name or shape a data set."""

from typing import Any

from keras_pod.core.checks import integer as integer
from keras_pod.core.checks import ratio as ratio
from keras_pod.core.checks import share as share
from keras_pod.core.errors import InputError


def image_size(size: Any) -> tuple[int, int] | None:
    """Return (height, width); raise InputError if it is neither that nor None."""
    if size is None:
        return None
    try:
        height, width = size
    except (TypeError, ValueError):
        raise InputError(f"image_size must be (height, width), not {size!r}") from None
    return integer("image height", height, 1), integer("image width", width, 1)


def flag(what: str, value: Any) -> bool:
    """Return a value; raise InputError if it is not True or False."""
    if not isinstance(value, bool):
        raise InputError(f"{what} must be True or False, not {value!r}")
    return value
