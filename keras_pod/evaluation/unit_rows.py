"""Features as unit rows, for cosines between very many of them."""

from typing import Any

import numpy as np

from keras_pod.analysis.inputs import check_finite, unit
from keras_pod.core.errors import InputError

_ROWS = 4096


def unit_rows(double: bool = True, **features: Any) -> list[np.ndarray]:
    """Features divided by their norms, (N, n) each; a row of zeros stays one.

    They are float64 if all features are, else float32: what a model gives needs no
    more, and takes half the memory. The norms are taken in float64, a part at a time:
    nothing but the result is of the size of the features.

    Args:
        double: whether they may be float64.
        **features: by what the caller calls them, for the message; all of one n.

    Raises:
        InputError: another shape, nothing, a number that is not finite, or sets of
            features that differ in n.

    >>> unit_rows(features=[[3.0, 4.0]])[0].tolist()
    [[0.6, 0.8]]
    """
    arrays = {name: np.asarray(values) for name, values in features.items()}
    double = double and all(x.dtype == "float64" for x in arrays.values())
    found = [
        _unit(name, x, "float64" if double else "float32") for name, x in arrays.items()
    ]
    (one, first), *others = arrays.items()
    for name, x in others:
        if x.shape[1] != first.shape[1]:
            raise InputError(
                f"`{one}` {first.shape} and `{name}` {x.shape} differ in size."
            )
    return found


def _unit(name: str, x: np.ndarray, dtype: str) -> np.ndarray:
    if x.ndim != 2 or not x.size:
        raise InputError(f"`{name}` must be of shape (N, n), got {x.shape}.")
    rows = np.empty(x.shape, dtype)
    for start in range(0, len(x), _ROWS):
        part = x[start : start + _ROWS].astype("float64")
        check_finite(name, part, start)
        rows[start : start + _ROWS] = unit(part)
    return rows
