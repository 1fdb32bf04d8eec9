"""Search by cosine: images of the query's class, and the nearest of very many classes.

Mean average precision needs the rank of every image of the class, however far, which
nearest-neighbour libraries do not tell.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.neighbors import NearestNeighbors

from keras_pod.analysis.inputs import unit_rows, with_gallery
from keras_pod.core.errors import InputError

# Bytes of cosines held at once.
_COSINES = 128 * 2**20


class Retrieval(NamedTuple):
    """The share of images of the same class that cosines find.

    Attributes:
        recall: by K, the share of queries with one of their class among the nearest K.
        mean_average_precision: over the whole ranking.
        queries: how many queries had one of their class to be found.
    """

    recall: dict[int, float]
    mean_average_precision: float
    queries: int


def retrieve(
    queries: Any,
    query_labels: Any,
    gallery: Any = None,
    gallery_labels: Any = None,
    at: Sequence[int] = (1, 5, 10),
) -> Retrieval:
    """Recall@K and mAP by cosine, exact.

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

    Raises:
        InputError: arrays that do not go together, K < 1, a gallery of one class, or
            no query whose class is in the gallery.

    >>> x = [[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]]
    >>> keras_pod.evaluation.retrieve(x, [0, 0, 1, 1], at=[1]).recall
    {1: 1.0}
    """
    a, y, b, z = with_gallery("queries", queries, query_labels, gallery, gallery_labels)
    if any(k < 1 for k in at):
        raise InputError(f"`at` must be >= 1, got {min(at)}.")
    if (z == z[0]).all():
        raise InputError("the gallery is of one class; every answer would be right.")
    block = max(1, _COSINES // (len(b) * b.itemsize))
    blocks = []
    for i in range(0, len(a), block):
        cosines = a[i : i + block] @ b.T
        if gallery is None:
            rows = np.arange(len(cosines))
            cosines[rows, i + rows] = -np.inf
        blocks.append(_ranked(cosines, y[i : i + block], z))
    found = np.concatenate(blocks)
    found = found[~np.isnan(found[:, 0])]
    if not len(found):
        raise InputError("no query has an image of its class in the gallery.")
    first, average = found.T
    return Retrieval(
        {int(k): float((first <= k).mean()) for k in at},
        float(average.mean()),
        len(found),
    )


def _ranked(cosines: np.ndarray, labels: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """The rank of the first hit and the average precision of each query, or NaN.

    The rank of a hit is how many of the gallery are at least as similar, so sorted
    similarities tell it and no order of the images is needed.
    """
    own = [row[gallery == y] for row, y in zip(cosines, labels, strict=True)]
    cosines.sort(axis=1)
    out = np.full((len(cosines), 2), np.nan)
    for i, (every, hits) in enumerate(zip(cosines, own, strict=True)):
        # The query itself is at -inf.
        hits = np.sort(hits[hits > -np.inf])
        if not len(hits):
            continue
        count = len(hits) - np.searchsorted(hits, hits)
        rank = len(every) - np.searchsorted(every, hits)
        out[i] = rank[-1] - count[-1] + 1, (count / rank).mean()
    return out


class Nearest(NamedTuple):
    """The classes nearest to each feature, nearest first.

    Attributes:
        classes: integers (N, count).
        cosines: to their class vectors (N, count), float32.
    """

    classes: np.ndarray
    cosines: np.ndarray


def nearest_classes(features: Any, centroids: Any, count: int = 1) -> Nearest:
    """The classes whose vectors have the largest cosines to each feature (eq 24).

    Exact, and the (N, k) scores are never formed: with 100,000 classes those of
    10,000 images alone would take 4 GB. The class is the one that a `PEDCC` head
    gives the largest score, whatever delta is.

    Args:
        features: (N, n).
        centroids: class vectors (k, n).
        count: how many classes for each feature.

    Raises:
        InputError: arrays that do not go together, or a count outside 1 to k.

    >>> from keras_pod.evaluation import nearest_classes
    >>> nearest_classes([[3.0, 4.0]], [[1.0, 0.0], [0.0, 2.0], [-1.0, 0.0]]).classes
    array([[1]])
    """
    x, rows = unit_rows(double=False, features=features, centroids=centroids)
    if not 1 <= count <= len(rows):
        raise InputError(f"`count` must be from 1 to {len(rows)}, got {count}.")
    # Between unit vectors, the nearest is the one with the largest cosine.
    search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(rows)
    distances, classes = search.kneighbors(x)
    # 2 x.p = |x|^2 + 1 - |x - p|^2, where x may be zero.
    lengths = np.square(x).sum(axis=1, keepdims=True)
    cosines = (lengths + 1 - np.square(distances)) / 2
    return Nearest(classes, cosines.astype("float32"))
