"""The meaning of classes in their prototypes: RBF's Table 2 and claims C29, C30."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.metrics import calinski_harabasz_score

from keras_pod.analysis.inputs import labels_of, matrix, unit
from keras_pod.core.errors import InputError


def superclass_index(prototypes: Any, superclasses: Sequence[int]) -> float:
    """Calinski-Harabasz index of prototypes in superclasses (RBF Table 2, C30).

    `CH = [sum_g N_g ||m_g - m||^2 / (c - 1)] / [sum_g sum_i ||w_i - m_g||^2 / (N - c)]`
    for N prototypes in c superclasses; near 1 without structure.

    Args:
        prototypes: w, (N, n).
        superclasses: integers (N,), from 2 to N - 1 different ones.

    Raises:
        InputError: arrays that do not go together, or too few or many superclasses.

    Example:

    >>> from keras_pod.analysis import superclass_index
    >>> w = [[0.0], [1.0], [10.0], [11.0]]
    >>> superclass_index(w, [0, 0, 1, 1])
    200.0
    """
    w = matrix("prototypes", prototypes)
    groups = labels_of(superclasses, len(w))
    count = len(np.unique(groups))
    if not 2 <= count < len(w):
        raise InputError(
            f"`superclasses` must be from 2 to {len(w) - 1} different ones for "
            f"{len(w)} prototypes, got {count}."
        )
    return float(calinski_harabasz_score(w, groups))


def cosine_similarity(prototypes: Any) -> np.ndarray:
    """Cosines of every two prototypes, (k, k).

    Args:
        prototypes: (k, n).

    Raises:
        InputError: prototypes that are not finite (k, n).

    Example:

    >>> from keras_pod.analysis import cosine_similarity
    >>> print(cosine_similarity([[2.0, 0.0], [0.0, 3.0]]))
    [[1. 0.]
     [0. 1.]]
    """
    rows = unit(matrix("prototypes", prototypes))
    return rows @ rows.T


def matrix_similarity(a: Any, b: Any) -> float:
    """Likeness of two symmetric similarity matrices (RBF Table 2, C29).

    Pearson's correlation of the entries above the diagonal.

    Args:
        a, b: (k, k), k >= 3.

    Raises:
        InputError: matrices of other shapes, or constant ones.

    Example:

    >>> from keras_pod.analysis import matrix_similarity
    >>> a = np.array([[1.0, 0.9, 0.1], [0.9, 1.0, 0.2], [0.1, 0.2, 1.0]])
    >>> round(matrix_similarity(a, 2 * a + 1), 6)
    1.0
    """
    first, second = matrix("a", a), matrix("b", b)
    k = len(first)
    if first.shape != (k, k) or second.shape != (k, k) or k < 3:
        raise InputError(
            f"`a` {first.shape} and `b` {second.shape} must be (k, k), k >= 3."
        )
    above = np.triu_indices(k, 1)
    u, v = first[above], second[above]
    if np.all(u == u[0]) or np.all(v == v[0]):
        raise InputError("a matrix with equal entries everywhere correlates with none.")
    return float(np.corrcoef(u, v)[0, 1])
