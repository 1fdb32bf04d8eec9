"""Checks of the arrays that analyses and evaluations are given, and unit rows."""

from typing import Any

import numpy as np

from keras_pod.core.errors import InputError


def matrix(name: str, values: Any) -> np.ndarray:
    """Values as finite float64 (N, n); the name is the caller's, for the message.

    >>> matrix("features", [[1, 2]])
    array([[1., 2.]])
    """
    x = np.asarray(values, dtype="float64")
    _check(name, x)
    return x


def _check(name: str, x: np.ndarray) -> None:
    """Raise InputError for another shape than (N, n), or a number not finite."""
    if x.ndim != 2 or not x.size:
        raise InputError(f"`{name}` must be of shape (N, n), got {x.shape}.")
    bad = np.argwhere(~np.isfinite(x))
    if len(bad):
        row, column = bad[0]
        raise InputError(
            f"`{name}` must be finite, got {x[row, column]} in row {row}; a model "
            "gives such values when its training has diverged."
        )


def vectors(name: str, values: Any, dim: int, least: int = 1) -> np.ndarray:
    """Class vectors as float64 (k, n), for features of n = `dim`."""
    rows = matrix(name, values)
    if rows.shape[1] != dim or len(rows) < least:
        some = f" with k >= {least}" * (least > 1)
        raise InputError(
            f"`{name}` must be of shape (k, {dim}){some}, got {rows.shape}."
        )
    return rows


def labels_of(values: Any, rows: int, num_classes: int | None = None) -> np.ndarray:
    """Labels (N,) or (N, 1) as integers (N,), from 0 to k - 1 if k is given.

    >>> labels_of([[0.0], [2.0]], 2)
    array([0, 2])
    """
    y = np.asarray(values)
    y = y.reshape(rows) if y.shape == (rows, 1) else y
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
    """Very many features divided by their norms, (N, n) each, all of one n.

    They are float64 if all features are and `double` allows it, else float32: what a
    model gives needs no more, and takes half the memory.

    >>> unit_rows(features=[[3.0, 4.0]])[0].tolist()
    [[0.6, 0.8]]
    """
    arrays = {name: np.asarray(values) for name, values in features.items()}
    double = double and all(x.dtype == "float64" for x in arrays.values())
    found = []
    for name, x in arrays.items():
        _check(name, x)
        # Norms in float64, and nothing but the result of the size of the features.
        squares = np.einsum("ij,ij->i", x, x, dtype="float64")
        lengths = np.sqrt(np.where(squares > 0, squares, 1))[:, None]
        rows = np.empty(x.shape, "float64" if double else "float32")
        found.append(np.divide(x, lengths, out=rows, casting="same_kind"))
    (one, first), *others = arrays.items()
    for name, x in others:
        if x.shape[1] != first.shape[1]:
            raise InputError(
                f"`{one}` {first.shape} and `{name}` {x.shape} differ in size."
            )
    return found


def with_gallery(
    name: str, features: Any, labels: Any, gallery: Any, gallery_labels: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Unit rows and labels of features, and of a gallery or once more the same."""
    if (gallery is None) != (gallery_labels is None):
        raise InputError("`gallery` and `gallery_labels` go together: both or none.")
    given = {name: features} | ({} if gallery is None else {"gallery": gallery})
    rows = unit_rows(**given)
    y = labels_of(labels, len(rows[0]))
    if gallery is None:
        return rows[0], y, rows[0], y
    return rows[0], y, rows[1], labels_of(gallery_labels, len(rows[1]))
