"""The classes of features by cosine, where all scores at once are too many."""

from typing import Any

import numpy as np

from keras_pod.analysis.inputs import matrix, unit
from keras_pod.errors import InputError


def nearest(
    features: Any, centroids: Any, top: int = 1, block: int = 4096
) -> tuple[np.ndarray, np.ndarray]:
    """The classes of the largest cosines, best first (eq 24 of the POD paper).

    `predict` of a model holds the scores of all images and classes; this holds those
    of `block` classes at a time. Of classes that tie, the first counts.

    Args:
        features: (N, n), of `keras.Model(model.input, model.output["features"])`.
        centroids: (k, n), such as `model.head.centroids`.
        top: how many classes for each image, at most k.
        block: classes compared at once.

    Returns:
        classes and cosines, both (N, top).

    Raises:
        InputError: arrays that do not go together, or `top` or `block` out of range.

    Example:

    >>> from keras_pod.evaluation import nearest
    >>> classes, cosines = nearest([[3.0, 4.0]], [[1.0, 0.0], [0.0, 1.0]], top=2)
    >>> classes.tolist(), np.round(cosines.astype(float), 2).tolist()
    ([[1, 0]], [[0.8, 0.6]])
    """
    x = unit(matrix("features", features)).astype("float32")
    rows = np.asarray(centroids)
    if rows.ndim != 2 or rows.shape[1] != x.shape[1]:
        raise InputError(f"`features` {x.shape} and `centroids` {rows.shape} differ.")
    if not 1 <= top <= len(rows):
        raise InputError(f"`top` must be from 1 to {len(rows)}, got {top}.")
    if block < 1:
        raise InputError(f"`block` must be at least 1, got {block}.")
    classes = np.zeros((len(x), 0), "int64")
    cosines = np.zeros((len(x), 0), "float32")
    for start in range(0, len(rows), block):
        part = unit(matrix("centroids", rows[start : start + block])).astype("float32")
        found = np.arange(start, start + len(part))
        classes = np.hstack([classes, np.broadcast_to(found, (len(x), len(part)))])
        cosines = np.hstack([cosines, x @ part.T])
        # Stable, and earlier blocks come first: of a tie the first class is kept.
        best = np.argsort(-cosines, axis=1, kind="stable")[:, :top]
        classes = np.take_along_axis(classes, best, axis=1)
        cosines = np.take_along_axis(cosines, best, axis=1)
    return classes, cosines
