"""The use of dimensions by features: POD's Table V and claims C9, C10, C16."""

from typing import Any

import numpy as np

from keras_pod.analysis.inputs import labels_of, matrix, unit, vectors
from keras_pod.core.errors import InputError


def energy_variance(features: Any) -> dict[str, float]:
    """Two readings of "the variance of feature eigen-vectors" (POD Table V, C9).

    The paper does not define it. These two have the size that it prints; those in
    docs/papers.md besides have not.

    - energy: `Var_d(mean_i F_id^2)` with unit rows F (N, n), the spread of energy over
      dimensions; the one to go by.
    - sum_means: `Var_d(mean_i S_id)` with rows S whose absolute entries sum to 1.

    Args:
        features: what the last dense layer gets, (N, n), N >= 2.

    Raises:
        InputError: features that are not finite (N, n), or one row.

    >>> keras_pod.analysis.energy_variance([[3.0, 0.0], [0.0, 2.0]])["energy"]
    0.0
    >>> keras_pod.analysis.energy_variance([[3.0, 0.0], [2.0, 0.0]])["energy"]
    0.25
    """
    raw = matrix("features", features)
    if len(raw) < 2:
        raise InputError("`features` must be at least 2 rows for a variance, got 1.")
    sums = np.abs(raw).sum(axis=1, keepdims=True)
    shares = raw / np.where(sums > 0, sums, 1)
    return {
        "energy": float(np.square(unit(raw)).mean(axis=0).var()),
        "sum_means": float(shares.mean(axis=0).var()),
    }


def mean_correlation(features: Any, centroids: Any = None, labels: Any = None) -> float:
    """Mean absolute correlation of two different features (C10).

    `mean |corr_ij|, i != j`, of the unit features, or with centroids of
    `D = X~ - P[y]`, what SC decorrelates. A constant feature correlates with none.

    Args:
        features: (N, n), n >= 2.
        centroids: P, (k, n); None for the features themselves.
        labels: integers (N,), with centroids.

    Raises:
        InputError: arrays that do not go together.

    >>> x = [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]]
    >>> keras_pod.analysis.mean_correlation(x)
    0.0
    """
    rows = unit(matrix("features", features))
    dim = rows.shape[1]
    if dim < 2:
        raise InputError("`features` must have at least 2 columns to correlate.")
    if (centroids is None) != (labels is None):
        raise InputError("`centroids` and `labels` go together: give both or none.")
    if centroids is not None:
        p = vectors("centroids", centroids, dim)
        rows = rows - p[labels_of(labels, len(rows), len(p))]
    rows = rows - rows.mean(axis=0)
    columns = unit(rows.T)
    correlations = np.abs(columns @ columns.T)
    return float((correlations.sum() - np.trace(correlations)) / (dim * (dim - 1)))


def span_share(features: Any, centroids: Any) -> float:
    """Mean share of a feature's length that lies in the centroids' span (C16).

    `mean_i ||Pi x_i|| / ||x_i||`; 1 when features have ended in the span. For random
    directions it is about sqrt((k - 1) / n). A zero feature is left out.

    Args:
        features: (N, n).
        centroids: (k, n).

    Raises:
        InputError: arrays that do not go together, or zero features only.

    >>> round(keras_pod.analysis.span_share([[3.0, 4.0]], [[1.0, 0.0], [-1.0, 0.0]]), 6)
    0.6
    """
    x = matrix("features", features)
    p = vectors("centroids", centroids, x.shape[1])
    lengths = np.linalg.norm(x, axis=1)
    if not lengths.any():
        raise InputError("`features` are all zero; they lie nowhere.")
    _, scale, basis = np.linalg.svd(p, full_matrices=False)
    # Centroids of a model are float32: what they leave is not of their span.
    basis = basis[scale > 1e-5 * scale[0]]
    inside = np.linalg.norm(x[lengths > 0] @ basis.T, axis=1)
    return float((inside / lengths[lengths > 0]).mean())
