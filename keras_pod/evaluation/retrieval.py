"""Retrieval: which images of a gallery are of the query's class, nearest first.

Mean average precision needs the rank of every image of the class, however far, which
nearest-neighbour libraries do not tell; `nearest_classes` has the nearest alone.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from keras_pod.analysis.inputs import labels_of, unit_rows
from keras_pod.core.errors import InputError

# Bytes of cosines held at once.
_COSINES = 128 * 2**20


class Retrieval(NamedTuple):
    """The share of images of the same class that cosines find.

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
    block: int | None = None,
) -> Retrieval:
    """Recall@K, mAP and MAP@R by cosine, exact.

    A query whose class is not in the gallery is left out. What is exactly as similar
    counts as ranked before: equal features never help. Beside the features it needs
    their unit rows and one block of cosines, in float64 if all features are, else in
    float32.

    Args:
        queries: features (Q, n).
        query_labels: integers (Q,).
        gallery: features (G, n); None for the queries themselves, each without itself.
        gallery_labels: integers (G,), with a gallery.
        at: the Ks.
        block: queries compared at once, each with the whole gallery; by default as
            many as fit in 128 MiB.

    Raises:
        InputError: arrays that do not go together, K < 1, a gallery of one class, or
            no query whose class is in the gallery.

    Example:

    >>> from keras_pod.evaluation import retrieve
    >>> x = [[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]]
    >>> retrieve(x, [0, 0, 1, 1], at=[1]).recall
    {1: 1.0}
    """
    if (gallery is None) != (gallery_labels is None):
        raise InputError("`gallery` and `gallery_labels` go together: both or none.")
    itself = gallery is None
    sets = {"queries": queries} if itself else {"queries": queries, "gallery": gallery}
    rows = unit_rows(**sets)
    a, b = rows[0], rows[-1]
    y = labels_of(query_labels, len(a))
    z = y if itself else labels_of(gallery_labels, len(b))
    if any(k < 1 for k in at):
        raise InputError(f"`at` must be >= 1, got {min(at)}.")
    if len(z) and (z == z[0]).all():
        raise InputError("the gallery is of one class; every answer would be right.")
    block = block or max(1, _COSINES // (len(b) * b.itemsize))
    found = []
    for i in range(0, len(a), block):
        cosines = a[i : i + block] @ b.T
        if itself:
            rows = np.arange(len(cosines))
            cosines[rows, i + rows] = -np.inf
        found.append(_ranked(cosines, y[i : i + block], z))
    found = np.concatenate(found)
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


def _ranked(cosines: np.ndarray, labels: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """For each query: rank of its first hit, average precision, MAP@R; NaN if none.

    The rank of a hit is how many of the gallery are at least as similar, so sorted
    similarities tell it and no order of the images is needed.
    """
    own = [row[gallery == y] for row, y in zip(cosines, labels, strict=True)]
    cosines.sort(axis=1)
    out = np.full((len(cosines), 3), np.nan)
    for i, (every, hits) in enumerate(zip(cosines, own, strict=True)):
        # The query itself is at -inf.
        hits = np.sort(hits[hits > -np.inf])
        if not len(hits):
            continue
        count = len(hits) - np.searchsorted(hits, hits)
        rank = len(every) - np.searchsorted(every, hits)
        precision = count / rank
        first = rank[-1] - count[-1] + 1
        near = precision[rank <= len(hits)].sum() / len(hits)
        out[i] = first, precision.mean(), near
    return out
