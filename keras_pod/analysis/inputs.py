"""Checks of what the analyses are given."""

from typing import Any

import numpy as np

from keras_pod.core.errors import InputError


def matrix(name: str, values: Any) -> np.ndarray:
    """Values as float64 (N, n).

    Args:
        name: what the caller calls them, for the message.
        values: anything that NumPy makes an array of.

    Raises:
        InputError: another shape, nothing, or a number that is not finite.

    >>> matrix("features", [[1, 2]])
    array([[1., 2.]])
    """
    x = np.asarray(values, dtype="float64")
    if x.ndim != 2 or not x.size:
        raise InputError(f"`{name}` must be of shape (N, n), got {x.shape}.")
    check_finite(name, x)
    return x


def check_finite(name: str, x: np.ndarray, first: int = 0) -> None:
    """Raise InputError for a number that is not finite; `first` is the first row's."""
    bad = np.argwhere(~np.isfinite(x))
    if len(bad):
        row, column = bad[0]
        raise InputError(
            f"`{name}` must be finite, got {x[row, column]} in row {first + row}; a "
            "model gives such values when its training has diverged."
        )


def labels_of(values: Any, rows: int, num_classes: int | None = None) -> np.ndarray:
    """Labels as integers (N,).

    Args:
        values: one integer for each row.
        rows: N.
        num_classes: k; None for any number of classes.

    Raises:
        InputError: not one integer from 0 to k - 1 for each row.

    >>> labels_of([0.0, 2.0], 2)
    array([0, 2])
    """
    y = np.asarray(values)
    if y.shape != (rows,) or y.dtype.kind not in "iuf":
        raise InputError(
            f"`labels` must be {rows} integers, one for each row, got shape {y.shape} "
            f"of {y.dtype}; take the argmax of one-hot rows."
        )
    most = np.inf if num_classes is None else num_classes
    bad = np.flatnonzero((y != np.floor(y)) | (y < 0) | (y >= most))
    if len(bad):
        allowed = ">= 0" if num_classes is None else f"from 0 to {num_classes - 1}"
        raise InputError(
            f"`labels` must be integers {allowed}, got {y[bad[0]]} at position "
            f"{bad[0]}."
        )
    return y.astype(int)


def class_means(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean of each class that occurs, (c, n), and which those are, (c,)."""
    classes = np.unique(y)
    return np.stack([x[y == c].mean(axis=0) for c in classes]), classes


def unit(x: np.ndarray) -> np.ndarray:
    """Rows divided by their norm; a row of zeros stays one."""
    lengths = np.linalg.norm(x, axis=-1, keepdims=True)
    return x / np.where(lengths > 0, lengths, 1)
