"""Checks of arguments that several heads and losses share."""

import math
import numbers
from typing import Any

from keras_pod.core import checks


def integer(name: str, value: Any, least: int) -> int:
    """Return an argument as an `int`; ValueError if it is less, or no integer."""
    return checks.integer(f"`{name}`", value, least, error=ValueError)


def positive(name: str, value: Any) -> float:
    """Return a value as a `float`; raise ValueError if it is not finite and > 0."""
    if not (isinstance(value, numbers.Real) and 0 < float(value) < math.inf):
        raise ValueError(f"`{name}` must be a number > 0, got {value!r}.")
    return float(value)


def not_negative(name: str, value: Any) -> float:
    """Return a value as a `float`; raise ValueError if it is not finite and >= 0."""
    if getattr(value, "shape", ()) != ():
        # Keras has called `loss=keras_pod.losses.pod` with labels and outputs.
        raise ValueError(
            f"`{name}` must be a number, got a tensor. A function such as "
            "keras_pod.losses.pod is called when a keras_pod.Classifier is "
            "compiled: classifier.compile(loss=keras_pod.losses.pod())."
        )
    if not (isinstance(value, numbers.Real) and 0 <= float(value) < math.inf):
        raise ValueError(f"`{name}` must be a number >= 0, got {value!r}.")
    return float(value)


def share(name: str, value: Any) -> float:
    """Return a value as a `float`; raise ValueError if it is not from 0 to 1."""
    if not (isinstance(value, numbers.Real) and 0 <= float(value) <= 1):
        raise ValueError(f"`{name}` must be a number from 0 to 1, got {value!r}.")
    return float(value)


def angle(name: str, value: Any) -> float:
    """Return a value as a `float`; raise ValueError if it is not in [0, pi)."""
    if not (isinstance(value, numbers.Real) and 0 <= float(value) < math.pi):
        raise ValueError(
            f"`{name}` must be an angle in radians, at least 0 and below pi, got "
            f"{value!r}; math.radians converts degrees."
        )
    return float(value)


def check_one_of(name: str, value: Any, known: tuple) -> None:
    """Raise ValueError for a value that is not one of those known."""
    if value not in known:
        raise ValueError(f"`{name}` must be one of {known}, got {value!r}.")


def feature_size(layer: object, shape: tuple) -> int:
    """n of features (batch, n), the input of a layer; ValueError for another shape."""
    if len(shape) != 2 or shape[-1] is None:
        raise ValueError(
            f"{type(layer).__name__} takes features of shape (batch, n), got "
            f'{tuple(shape)}; pool or flatten them first, e.g. with pooling="avg" in '
            "the backbone, or make a row of each token or pixel, and of its label: "
            f"keras.ops.reshape(x, (-1, {shape[-1]}))."
        )
    return int(shape[-1])
