"""Features as unit rows, for cosines between very many of them."""

from typing import Any

import numpy as np

from keras_pod.analysis.inputs import unit
from keras_pod.errors import InputError

_ROWS = 4096


def unit_rows(name: str, features: Any) -> np.ndarray:
    """Features divided by their norm, (N, n); a row of zeros stays one.

    They are float64 if the features are, else float32: what a model gives needs no
    more, and takes half the memory. The norms are taken in float64, a part at a time:
    nothing but the result is of the size of the features.

    Args:
        name: what the caller calls them, for the message.
        features: (N, n).

    Raises:
        InputError: another shape, nothing, or a number that is not finite.

    >>> unit_rows("features", [[3.0, 4.0]]).tolist()
    [[0.6, 0.8]]
    """
    x = np.asarray(features)
    if x.ndim != 2 or not x.size:
        raise InputError(f"`{name}` must be of shape (N, n), got {x.shape}.")
    rows = np.empty(x.shape, "float64" if x.dtype == "float64" else "float32")
    for start in range(0, len(x), _ROWS):
        part = x[start : start + _ROWS].astype("float64")
        bad = np.argwhere(~np.isfinite(part))
        if len(bad):
            row, column = bad[0]
            raise InputError(
                f"`{name}` must be finite, got {part[row, column]} in row "
                f"{start + row}; a model gives such values when its training has "
                "diverged."
            )
        rows[start : start + _ROWS] = unit(part)
    return rows


def same_size(**rows: np.ndarray) -> None:
    """Does nothing where two sets of features have the same n.

    Raises:
        InputError: they have not; the message names both.
    """
    (one, a), (other, b) = rows.items()
    if a.shape[1] != b.shape[1]:
        raise InputError(f"`{one}` {a.shape} and `{other}` {b.shape} differ in size.")
