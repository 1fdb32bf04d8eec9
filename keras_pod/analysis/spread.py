"""The tightness of classes and their places: claims C6, C24, C25, C27, C28."""

from typing import Any, NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

from keras_pod.analysis.inputs import class_means, labels_of, matrix, unit, vectors
from keras_pod.core.errors import InputError


def within_class_spread(features: Any, labels: Any) -> float:
    """Mean of one minus the cosine of each feature to its class mean (C6).

    `mean_i (1 - x~_i . m~_{y_i})` with unit features x~ and unit class means m~ of
    the unit features. 0 for classes that are one direction each, 1 for directions
    that cancel.

    Args:
        features: (N, n).
        labels: integers (N,).

    Raises:
        InputError: features or labels that do not go together.

    >>> from keras_pod.analysis import within_class_spread
    >>> round(within_class_spread([[1.0, 0.0], [0.0, 1.0]], [0, 0]), 4)
    0.2929
    """
    x = unit(matrix("features", features))
    y = labels_of(labels, len(x))
    means, classes = class_means(x, y)
    own = unit(means)[np.searchsorted(classes, y)]
    return float(1 - (x * own).sum(axis=1).mean())


class AngularGaps(NamedTuple):
    """Angles between class means around the origin of a plane.

    Attributes:
        gaps: angles between neighbouring class means, radians (k,), in their order
            around the origin; they sum to 2 pi.
        sd: their standard deviation; 0 for even angles.
        near_origin: share of features shorter than 0.1 of the mean norm.
    """

    gaps: np.ndarray
    sd: float
    near_origin: float


def angular_gaps(features: Any, labels: Any) -> AngularGaps:
    """Even angles and few points near the origin, in two dimensions (C24).

    Args:
        features: (N, 2).
        labels: integers (N,), of at least 2 classes.

    Raises:
        InputError: features that are not (N, 2), or fewer than 2 classes.

    >>> square = [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]
    >>> round(keras_pod.analysis.angular_gaps(square, [0, 1, 2, 3]).sd, 6)
    0.0
    """
    x = matrix("features", features)
    if x.shape[1] != 2:
        raise InputError(f"`features` must be of shape (N, 2), got {x.shape}.")
    means, classes = class_means(x, labels_of(labels, len(x)))
    if len(classes) < 2:
        raise InputError("`labels` hold one class; angles need at least 2.")
    angles = np.sort(np.arctan2(means[:, 1], means[:, 0]))
    gaps = np.diff(np.append(angles, angles[0] + 2 * np.pi))
    lengths = np.linalg.norm(x, axis=1)
    near = float((lengths < 0.1 * lengths.mean()).mean())
    return AngularGaps(gaps, float(gaps.std()), near)


class Distances(NamedTuple):
    """Statistics of distances, as RBF's Table 1 prints them."""

    min: float
    max: float
    mean: float
    variance: float


def prototype_distances(features: Any, labels: Any, prototypes: Any) -> Distances:
    """Squared distances of samples to the prototype of their class (RBF Table 1, C25).

    `d_i = ||x_i - w_{y_i}||^2`; the paper does not say whether it squares them.

    Args:
        features: (N, n).
        labels: integers (N,).
        prototypes: w, (k, n).

    Raises:
        InputError: arrays that do not go together.

    >>> keras_pod.analysis.prototype_distances([[1.0], [5.0]], [0, 1], [[0.0], [3.0]])
    Distances(min=1.0, max=4.0, mean=2.5, variance=2.25)
    """
    x = matrix("features", features)
    w = vectors("prototypes", prototypes, x.shape[1])
    y = labels_of(labels, len(x), len(w))
    found = np.square(x - w[y]).sum(axis=1)
    return Distances(
        float(found.min()), float(found.max()), float(found.mean()), float(found.var())
    )


class PrototypeFit(NamedTuple):
    """Distances within classes, between prototypes and to class means.

    Attributes:
        intra: mean distance of a sample to its prototype.
        inter: mean distance of a prototype to the nearest other one.
        tightness: intra / inter; small for tight classes (C27).
        off_center: mean distance of a prototype to the mean of its class.
        off_center_share: off_center / intra; small for true centres (C28).
    """

    intra: float
    inter: float
    tightness: float
    off_center: float
    off_center_share: float


def prototype_fit(features: Any, labels: Any, prototypes: Any) -> PrototypeFit:
    """Measure how tight classes are and how central prototypes (C27, C28).

    Args:
        features: (N, n).
        labels: integers (N,).
        prototypes: (k, n), at least 2.

    Raises:
        InputError: arrays that do not go together.

    >>> from keras_pod.analysis import prototype_fit
    >>> found = prototype_fit([[-1.0], [1.0], [9.0]], [0, 0, 1], [[0.0], [10.0]])
    >>> found.intra, found.inter, found.off_center
    (1.0, 10.0, 0.5)
    """
    x = matrix("features", features)
    w = vectors("prototypes", prototypes, x.shape[1], least=2)
    y = labels_of(labels, len(x), len(w))
    intra = float(np.linalg.norm(x - w[y], axis=1).mean())
    between = cdist(w, w)
    np.fill_diagonal(between, np.inf)
    inter = float(between.min(axis=1).mean())
    means, classes = class_means(x, y)
    off = float(np.linalg.norm(w[classes] - means, axis=1).mean())
    return PrototypeFit(intra, inter, _ratio(intra, inter), off, _ratio(off, intra))


def _ratio(a: float, b: float) -> float:
    return a / b if b else float("nan")
