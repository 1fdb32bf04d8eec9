"""Search: the nearest classes of features where there are very many classes."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.neighbors import NearestNeighbors

from keras_pod.analysis.inputs import unit_rows
from keras_pod.core.errors import InputError


class Nearest(NamedTuple):
    """The classes nearest to each feature, nearest first.

    Attributes:
        classes: integers (N, count).
        cosines: to their class vectors (N, count), float32.
    """

    classes: np.ndarray
    cosines: np.ndarray


def nearest_classes(
    features: Any, centroids: Any, count: int = 1, block: int = 4096
) -> Nearest:
    """The classes whose vectors have the largest cosines to each feature (eq 24).

    Exact, and the (N, k) scores are never formed: with 100,000 classes those of
    10,000 images alone would take 4 GB. The class is the one that a `PEDCC` head
    gives the largest score, whatever delta is.

    Args:
        features: (N, n).
        centroids: class vectors (k, n).
        count: how many classes for each feature.
        block: features searched for at once.

    Raises:
        InputError: arrays that do not go together, or a count outside 1 to k.

    Example:

    >>> from keras_pod.evaluation import nearest_classes
    >>> nearest_classes([[3.0, 4.0]], [[1.0, 0.0], [0.0, 2.0], [-1.0, 0.0]]).classes
    array([[1]])
    """
    x, rows = unit_rows(double=False, features=features, centroids=centroids)
    if not 1 <= count <= len(rows):
        raise InputError(f"`count` must be from 1 to {len(rows)}, got {count}.")
    # Between unit vectors, the nearest is the one with the largest cosine.
    search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(rows)
    classes = np.empty((len(x), count), int)
    cosines = np.empty((len(x), count), "float32")
    for start in range(0, len(x), block):
        part = x[start : start + block]
        near = search.kneighbors(part, return_distance=False)
        classes[start : start + block] = near
        cosines[start : start + block] = np.einsum("in,icn->ic", part, rows[near])
    return Nearest(classes, cosines)
