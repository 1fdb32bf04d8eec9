"""Retrieval: which images of a gallery are of the query's class, nearest first."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from keras_pod.analysis.inputs import labels_of, matrix, unit
from keras_pod.errors import InputError


class Retrieval(NamedTuple):
    """How well cosines find images of the same class.

    Attributes:
        recall: by K, the share of queries with one of their class among the nearest K.
        mean_average_precision: over the whole ranking.
        map_at_r: mean average precision of the nearest R, where R is how many of the
            query's class there are.
        queries: how many queries had one of their class to be found.
    """

    recall: dict[int, float]
    mean_average_precision: float
    map_at_r: float
    queries: int


def retrieve(
    queries: Any,
    query_labels: Any,
    gallery: Any = None,
    gallery_labels: Any = None,
    at: Sequence[int] = (1, 5, 10),
    block: int = 256,
) -> Retrieval:
    """Recall@K, mAP and MAP@R by cosine, exact.

    A query whose class is not in the gallery is left out. Ties in the ranking are
    broken by the place in the gallery.

    Args:
        queries: features (Q, n).
        query_labels: integers (Q,).
        gallery: features (G, n); None for the queries themselves, each without itself.
        gallery_labels: integers (G,), with a gallery.
        at: the Ks.
        block: queries compared at once, each with the whole gallery.

    Raises:
        InputError: arrays that do not go together, K < 1, or no query whose class is
            in the gallery.

    Example:

    >>> from keras_pod.evaluation import retrieve
    >>> x = [[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]]
    >>> retrieve(x, [0, 0, 1, 1], at=[1]).recall
    {1: 1.0}
    """
    a = unit(matrix("queries", queries)).astype("float32")
    y = labels_of(query_labels, len(a))
    if (gallery is None) != (gallery_labels is None):
        raise InputError("`gallery` and `gallery_labels` go together: both or none.")
    itself = gallery is None
    b = a if itself else unit(matrix("gallery", gallery)).astype("float32")
    z = y if itself else labels_of(gallery_labels, len(b))
    if a.shape[1] != b.shape[1]:
        raise InputError(f"`queries` {a.shape} and `gallery` {b.shape} differ in size.")
    if any(k < 1 for k in at):
        raise InputError(f"`at` must be >= 1, got {min(at)}.")
    found = [
        _ranked(a[i : i + block], y[i : i + block], b, z, i if itself else None)
        for i in range(0, len(a), block)
    ]
    return _summed(np.concatenate(found), at)


def _ranked(
    a: np.ndarray, y: np.ndarray, b: np.ndarray, z: np.ndarray, first: int | None
) -> np.ndarray:
    """For each query: rank of its first hit, average precision, MAP@R; NaN if none."""
    cosines = a @ b.T
    if first is not None:
        rows = np.arange(len(a))
        cosines[rows, first + rows] = -np.inf
    order = np.argsort(-cosines, axis=1, kind="stable")
    hits = z[order] == y[:, None]
    if first is not None:
        # The query itself, which comes last.
        hits[:, -1] = False
    out = np.full((len(a), 3), np.nan)
    for i, row in enumerate(hits):
        ranks = np.flatnonzero(row) + 1
        if len(ranks):
            precision = np.arange(1, len(ranks) + 1) / ranks
            near = precision[ranks <= len(ranks)].sum() / len(ranks)
            out[i] = ranks[0], precision.mean(), near
    return out


def _summed(found: np.ndarray, at: Sequence[int]) -> Retrieval:
    found = found[~np.isnan(found[:, 0])]
    if not len(found):
        raise InputError("no query has an image of its class in the gallery.")
    first, average, at_r = found.T
    return Retrieval(
        {int(k): float((first <= k).mean()) for k in at},
        float(average.mean()),
        float(at_r.mean()),
        len(found),
    )
