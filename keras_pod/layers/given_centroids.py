"""Centroids that come from outside or from a search: checked, and kept in a config."""

import base64
from typing import Any

import numpy as np
from keras import ops

# Centroids of more numbers than this are in the weights alone.
_LARGEST_IN_CONFIG = 2**20


def unit_centroids(centroids: Any, count: int, dtype: str) -> np.ndarray:
    """The rows, each divided by its norm.

    Args:
        centroids: (count, n), an array or what `to_config` made of one.
        count: how many rows there must be.
        dtype: of the result.

    Raises:
        ValueError: another shape, or a row that is zero or not finite.
    """
    if isinstance(centroids, dict) and "shape" in centroids:
        return np.full(centroids["shape"], np.nan, dtype)
    if isinstance(centroids, dict):
        little = np.dtype(centroids["dtype"]).newbyteorder("<")
        centroids = np.frombuffer(base64.b64decode(centroids["base64"]), little)
        centroids = centroids.reshape(count, -1)
    rows = np.asarray(ops.convert_to_numpy(centroids))
    if rows.dtype != dtype:
        rows = rows.astype("float64")
    if rows.ndim != 2 or rows.shape[0] != count:
        raise ValueError(
            f"`centroids` must have shape (num_classes + reserved, n) = ({count}, n), "
            f"got {rows.shape}."
        )
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.all(np.isfinite(norms)) or not np.all(norms > 0):
        raise ValueError("`centroids` must be finite and no row may be zero.")
    # Rows that are unit already in float32, as in a saved config, keep every bit.
    unit = np.abs(norms - 1) < 1e-6
    return (rows if unit.all() else np.where(unit, rows, rows / norms)).astype(dtype)


def to_config(rows: np.ndarray) -> dict[str, Any]:
    """The rows as JSON can hold them: every bit, in a quarter of the digits' space.

    Of very many rows the shape only.
    """
    if rows.size > _LARGEST_IN_CONFIG:
        return {"shape": list(rows.shape)}
    little = rows.astype(rows.dtype.newbyteorder("<"))
    return {
        "dtype": rows.dtype.name,
        "base64": base64.b64encode(little.tobytes()).decode("ascii"),
    }
