"""Checks of what analyses and evaluations are given, and rows of length 1."""

from typing import Any

import numpy as np

from keras_pod.core.errors import InputError

# Rows that `unit_rows` works on at once.
_ROWS = 4096


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
    _check_shape(name, x)
    check_finite(name, x)
    return x


def vectors(name: str, values: Any, dim: int, least: int = 1) -> np.ndarray:
    """Class vectors as float64 (k, n), for features of n = `dim`.

    Raises:
        InputError: as `matrix`, another n, or fewer than `least`.
    """
    rows = matrix(name, values)
    if rows.shape[1] != dim or len(rows) < least:
        some = f" with k >= {least}" * (least > 1)
        raise InputError(
            f"`{name}` must be of shape (k, {dim}){some}, got {rows.shape}."
        )
    return rows


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


def mean(values: np.ndarray) -> float:
    """Their mean; NaN of none."""
    return float(values.mean()) if len(values) else float("nan")


def unit(x: np.ndarray) -> np.ndarray:
    """Rows divided by their norm; a row of zeros stays one."""
    lengths = np.linalg.norm(x, axis=-1, keepdims=True)
    return x / np.where(lengths > 0, lengths, 1)


def unit_rows(double: bool = True, **features: Any) -> list[np.ndarray]:
    """Very many features divided by their norms, (N, n) each.

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
    found = []
    for name, x in arrays.items():
        _check_shape(name, x)
        rows = np.empty(x.shape, "float64" if double else "float32")
        for start in range(0, len(x), _ROWS):
            part = x[start : start + _ROWS].astype("float64")
            check_finite(name, part, start)
            rows[start : start + _ROWS] = unit(part)
        found.append(rows)
    (one, first), *others = arrays.items()
    for name, x in others:
        if x.shape[1] != first.shape[1]:
            raise InputError(
                f"`{one}` {first.shape} and `{name}` {x.shape} differ in size."
            )
    return found


def _check_shape(name: str, x: np.ndarray) -> None:
    if x.ndim != 2 or not x.size:
        raise InputError(f"`{name}` must be of shape (N, n), got {x.shape}.")
