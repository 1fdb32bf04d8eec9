"""The scores of a model and their gradients: claims C26 and C34 to C36."""

import math
from typing import Any, NamedTuple

import numpy as np
from scipy.special import softmax

from keras_pod.analysis.inputs import labels_of, matrix, mean
from keras_pod.core.errors import InputError


class LogitStatistics(NamedTuple):
    """The distribution of the scores (SBN Fig 2, C34).

    Attributes:
        mean, sd: over all scores.
        within: share of scores between -limit and limit.
        weight_norms: norm of each class's vector in the last layer (k,) (C35).
    """

    mean: float
    sd: float
    within: float
    weight_norms: np.ndarray


def logit_statistics(scores: Any, weights: Any, limit: float = 2.0) -> LogitStatistics:
    """Measure how concentrated scores and how short class vectors are (C34, C35).

    Args:
        scores: (N, k).
        weights: class vectors of the last layer, (k, n).
        limit: > 0; 2 with batch normalisation and 5 without, in the paper.

    Raises:
        InputError: arrays that do not go together, or a limit that is not > 0.

    >>> from keras_pod.analysis import logit_statistics
    >>> logit_statistics([[1.0, -3.0]], [[3.0, 4.0], [0.0, 1.0]]).within
    0.5
    """
    z, w = matrix("scores", scores), matrix("weights", weights)
    if len(w) != z.shape[1]:
        raise InputError(f"`weights` must be {z.shape[1]} class vectors, got {len(w)}.")
    if not limit > 0:
        raise InputError(f"`limit` must be > 0, got {limit}.")
    norms = np.linalg.norm(w, axis=1)
    within = float((np.abs(z) <= limit).mean())
    return LogitStatistics(float(z.mean()), float(z.std()), within, norms)


class Gradients(NamedTuple):
    """The gradients that still move a model late in training.

    Attributes:
        on_scores: mean of `||Pr - Y||`, the gradient on the scores (C36).
        on_features: mean of `||dL/dx||`; NaN without weights.
        sure: share of samples whose Pr_y is above 0.99 of the most it can be.
        sure_but_far: of those, the share farther from their class vector than 90 %
            of their class (C26); NaN without weights or sure samples.
        on_far: mean of `||dL/dx||` of the sure but far ones; NaN without any.
    """

    on_scores: float
    on_features: float
    sure: float
    sure_but_far: float
    on_far: float


def late_gradients(
    scores: Any,
    labels: Any,
    features: Any = None,
    weights: Any = None,
    gamma: float | None = None,
    most: float = 1.0,
) -> Gradients:
    """Norms of the gradients of softmax cross-entropy (C26, C36).

    With `g = Pr - Y`, `dL/dx = g W` for linear scores, and
    `dL/dx = -(2 / gamma) sum_j g_j z_j (x - w_j)` for RBF logits.

    Args:
        scores: (N, k), of training images.
        labels: integers (N,).
        features: (N, n), with weights.
        weights: class vectors (k, n): of linear scores, or prototypes.
        gamma: > 0, of RBF logits `z_j = s exp(-||x - w_j||^2 / gamma)`; None for
            linear scores.
        most: the largest Pr_y that such scores can give; with RBF logits in (0, s] it
            is `e^s / (e^s + k - 1)`, 0.86 for 10 classes at s = 4.

    Raises:
        InputError: arrays that do not go together.

    >>> round(keras_pod.analysis.late_gradients([[0.0, 0.0]], [0]).on_scores, 4)
    0.7071
    """
    z = matrix("scores", scores)
    y = labels_of(labels, len(z), z.shape[1])
    if (features is None) != (weights is None):
        raise InputError("`features` and `weights` go together: give both or none.")
    if gamma is not None and not gamma > 0:
        raise InputError(f"`gamma` must be > 0, got {gamma}.")
    gradient = softmax(z, axis=1)
    sure = gradient[np.arange(len(y)), y] > 0.99 * most
    gradient[np.arange(len(y)), y] -= 1
    on_scores, share = mean(np.linalg.norm(gradient, axis=1)), mean(sure)
    if features is None:
        return Gradients(on_scores, math.nan, share, math.nan, math.nan)
    x, w = matrix("features", features), matrix("weights", weights)
    if x.shape[0] != len(z) or w.shape != (z.shape[1], x.shape[1]):
        raise InputError(
            f"`features` {x.shape} and `weights` {w.shape} do not go with scores "
            f"{z.shape}."
        )
    if gamma is None:
        on_features = gradient @ w
    else:
        pull = gradient * z
        on_features = pull @ w - pull.sum(axis=1, keepdims=True) * x
        on_features *= 2 / gamma
    each = np.linalg.norm(on_features, axis=1)
    far = _far(np.linalg.norm(x - w[y], axis=1), y)
    late = each[sure & far]
    return Gradients(on_scores, mean(each), share, mean(far[sure]), mean(late))


def _far(distances: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Tell samples beyond the 90th percentile of their class, bool (N,)."""
    far = np.zeros(len(y), dtype=bool)
    for c in np.unique(y):
        mine = y == c
        far[mine] = distances[mine] > np.percentile(distances[mine], 90)
    return far
