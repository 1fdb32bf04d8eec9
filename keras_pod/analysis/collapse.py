"""Neural collapse: the four measures of Papyan, Han & Donoho (2020)."""

import math
from typing import Any, NamedTuple

import numpy as np

from keras_pod.analysis.inputs import class_means, labels_of, matrix, unit, vectors
from keras_pod.core.errors import InputError


class Collapse(NamedTuple):
    """The distances of features from a simplex; all are 0 at full collapse.

    Where all class means are equal, all but nc4 are NaN.

    Attributes:
        nc1: variability within classes, `tr(S_W S_B^+) / k`.
        nc2_norms: coefficient of variation of the centred class means' norms.
        nc2_angles: mean over pairs of |cos + 1 / (k - 1)| of the centred means.
        nc3: squared distance of class weights and centred class means, each scaled
            to Frobenius norm 1.
        nc4: share of samples that the scores and the nearest class mean classify
            differently.
    """

    nc1: float
    nc2_norms: float
    nc2_angles: float
    nc3: float
    nc4: float


def collapse(features: Any, labels: Any, weights: Any, scores: Any) -> Collapse:
    """Neural collapse of a trained classifier.

    S_W is the covariance within classes and S_B that of the class means, M the class
    means less the mean of all, each class counting the same.

    Args:
        features: (N, n).
        labels: integers (N,), every class at least once.
        weights: the class vectors of the last layer, (k, n): its transposed kernel, or
            centroids.
        scores: of the model (N, k).

    Raises:
        InputError: arrays that do not go together, or a class without a sample.

    >>> p = keras_pod.centroids.simplex(3, 4)
    >>> y = np.array([0, 1, 2, 0])
    >>> print(np.round(keras_pod.analysis.collapse(2 * p[y], y, p, p[y] @ p.T), 6))
    [0. 0. 0. 0. 0.]
    """
    x = matrix("features", features)
    w = vectors("weights", weights, x.shape[1], least=2)
    k = len(w)
    y = labels_of(labels, len(x), k)
    z = matrix("scores", scores)
    if z.shape != (len(x), k):
        raise InputError(f"`scores` must be {(len(x), k)}, got {z.shape}.")
    means, classes = class_means(x, y)
    if len(classes) < k:
        missing = sorted(set(range(k)) - set(classes.tolist()))
        raise InputError(f"class {missing[0]} has no sample in `labels`.")
    centred = means - means.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=1)
    cosines = unit(centred) @ unit(centred).T
    pairs = cosines[np.triu_indices(k, 1)]
    nearest = (np.square(means).sum(axis=1) - 2 * x @ means.T).argmin(axis=1)
    nc4 = float((nearest != z.argmax(axis=1)).mean())
    if not lengths.any():
        return Collapse(math.nan, math.nan, math.nan, math.nan, nc4)
    # S_B^+ is k times this inverse times its transpose.
    inverse = np.linalg.pinv(centred, rcond=1e-9)
    apart = w / np.linalg.norm(w) - centred / np.linalg.norm(centred)
    return Collapse(
        nc1=float(np.square((x - means[y]) @ inverse).sum(axis=1).mean()),
        nc2_norms=float(lengths.std() / lengths.mean()),
        nc2_angles=float(np.abs(pairs + 1 / (k - 1)).mean()),
        nc3=float(np.square(apart).sum()),
        nc4=nc4,
    )
