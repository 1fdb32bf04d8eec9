"""New classes for a trained dense layer, in closed form: the old outputs are kept."""

from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import solve

from keras_pod.analysis.inputs import labels_of, matrix
from keras_pod.core.errors import InputError


class DenseWeights(NamedTuple):
    """The weights of a layer `x kernel + bias`.

    Attributes:
        kernel: (d, n).
        bias: (n,).
    """

    kernel: np.ndarray
    bias: np.ndarray


def extend_dense(
    weights: DenseWeights,
    old: Any,
    new: Any,
    new_labels: Any,
    centroids: Any,
    num_old: int,
    decay: float = 1e-3,
) -> DenseWeights:
    """A dense layer that also sends new samples to the centroids of their classes.

    With h an input and a 1 after it, V the weights with the bias as the last row and
    D what is added to them, it minimises

    `sum_old |h D|^2 + sum_new w_y |h (V + D) - r p_y|^2 + decay tr(G) / (d + 1) |D|^2`

    where r is the mean norm of the old outputs, G the matrix of second moments of all
    samples, weighted, and w_y such that a new class weighs as much as an old one has
    on average. One linear system of size d + 1 is solved; nothing is random.

    Args:
        weights: of the trained layer.
        old: inputs of the layer for samples of the old classes (N, d), best all that
            it was trained on.
        new: its inputs for the new classes (M, d).
        new_labels: integers (M,), which row of `centroids` each belongs to.
        centroids: unit vectors of the new classes (c, n).
        num_old: how many old classes there are.
        decay: > 0; larger values change the layer less.

    Raises:
        InputError: arrays that do not go together, a new class without a sample, or a
            decay that is not > 0.

    >>> from keras_pod.evaluation import DenseWeights, extend_dense
    >>> layer = DenseWeights(np.zeros((2, 2)) + [[1.0, 0.0], [0.0, 0.0]], np.zeros(2))
    >>> wider = extend_dense(layer, [[1.0, 0.0]] * 9, [[0.0, 1.0]] * 2, [0, 0],
    ...                      [[0.0, 1.0]], num_old=1)
    >>> print(([[1.0, 0.0], [0.0, 1.0]] @ wider.kernel + wider.bias).round(1))
    [[1. 0.]
     [0. 1.]]
    """
    h, m, p = matrix("old", old), matrix("new", new), matrix("centroids", centroids)
    v = np.concatenate([weights.kernel, weights.bias[None]]).astype("float64")
    d, n = weights.kernel.shape
    if h.shape[1] != d or m.shape[1] != d or p.shape[1] != n:
        raise InputError(
            f"`old` {h.shape}, `new` {m.shape} and `centroids` {p.shape} must be "
            f"(N, {d}), (M, {d}) and (c, {n}) for a layer of {weights.kernel.shape}."
        )
    y = labels_of(new_labels, len(m), len(p))
    counts = np.bincount(y, minlength=len(p))
    if not counts.all():
        raise InputError(f"new class {counts.argmin()} has no sample.")
    if not decay > 0:
        raise InputError(f"`decay` must be > 0, got {decay}.")
    h, m = (np.concatenate([a, np.ones((len(a), 1))], axis=1) for a in (h, m))
    radius = np.linalg.norm(h @ v, axis=1).mean()
    weighted = m * (len(h) / num_old / counts[y])[:, None]
    moments = h.T @ h + weighted.T @ m
    moments += decay * np.trace(moments) / len(moments) * np.eye(len(moments))
    v += solve(moments, weighted.T @ (radius * p[y] - m @ v), assume_a="pos")
    return DenseWeights(v[:-1], v[-1])
