"""Centroids that come from outside or from a search: checked, and kept in a config."""

import base64
from typing import Any

import numpy as np
from keras import ops

# Centroids of more numbers than this are in the weights alone, not in the config.
_LARGEST_IN_CONFIG = 2**20


def unit_centroids(centroids: Any, count: int, dtype: str) -> np.ndarray:
    """The rows, (count, n), of an array or of what `to_config` made of one, made unit.

    Raises:
        ValueError: another shape, or a row that is zero or not finite.
    """
    if isinstance(centroids, dict) and "shape" in centroids:
        return np.full(centroids["shape"], np.nan, dtype)
    if isinstance(centroids, dict):
        little = np.dtype(centroids["dtype"]).newbyteorder("<")
        centroids = np.frombuffer(base64.b64decode(centroids["base64"]), little)
        centroids = centroids.reshape(count, -1)
    if not isinstance(centroids, np.ndarray):
        centroids = np.asarray(ops.convert_to_numpy(centroids))
    if centroids.ndim != 2 or centroids.shape[0] != count:
        raise ValueError(
            f"`centroids` must have shape (num_classes + reserved, n) = ({count}, n), "
            f"got {centroids.shape}."
        )
    # No step makes a copy of all in float64, which may be larger than the rest.
    norms = np.sqrt(np.einsum("ij,ij->i", centroids, centroids, dtype="float64"))
    if not np.all(np.isfinite(norms)) or not np.all(norms > 0):
        raise ValueError("`centroids` must be finite and no row may be zero.")
    # Rows that are unit already in float32, as in a saved config, keep every bit.
    norms[np.abs(norms - 1) < 1e-6] = 1.0
    rows = np.empty(centroids.shape, dtype)
    return np.divide(centroids, norms[:, None], out=rows, casting="same_kind")


def to_config(rows: np.ndarray) -> dict[str, Any]:
    """The rows as JSON can hold them: every bit, in a quarter of the digits' space.

    Very many rows leave their shape only.
    """
    if rows.size > _LARGEST_IN_CONFIG:
        return {"shape": list(rows.shape)}
    little = rows.astype(rows.dtype.newbyteorder("<"))
    return {
        "dtype": rows.dtype.name,
        "base64": base64.b64encode(little.tobytes()).decode("ascii"),
    }
