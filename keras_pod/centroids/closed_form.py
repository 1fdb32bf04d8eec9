"""The arrangements that a formula gives: optimal, for k <= 2n and for n = 2."""

import numpy as np
from numpy.typing import NDArray

from keras_pod.core.arguments import integer

Array = NDArray[np.float64]


def sizes(num_classes: int, dim: int, seed: int) -> tuple[int, int, int]:
    k = integer("num_classes", num_classes, 2)
    return k, integer("dim", dim, 1), integer("seed", seed, 0)


def simplex(num_classes: int, dim: int, seed: int = 0) -> Array:
    """Regular simplex: every two of the k centroids at the same, largest angle.

    <p_i, p_j> = -1 / (k - 1) for i != j (Zhu & Zu 2022, theorem in section 2.1), by
    the closed form P = sqrt(k / (k - 1)) H Q: H (k, k-1) is Helmert's orthonormal
    basis of the vectors that sum to 0, Q (k-1, n) a random orthonormal frame.
    Raises ValueError for k < 2 and for k > n + 1 = `dim` + 1, where none exists.

    >>> P = simplex(3, 4)
    >>> (P @ P.T).round(9) + 0.0
    array([[ 1. , -0.5, -0.5],
           [-0.5,  1. , -0.5],
           [-0.5, -0.5,  1. ]])
    """
    k, n, seed = sizes(num_classes, dim, seed)
    if k > n + 1:
        raise ValueError(
            f"`num_classes` must be at most dim + 1 = {n + 1} for a simplex, got {k}; "
            f"use `pedcc`, or a `dim` of at least {k - 1}."
        )
    return unit(helmert_simplex(k) @ random_frame(k - 1, n, seed))


def orthogonal_simplices(num_classes: int, dim: int, seed: int = 0) -> Array:
    """Simplices in mutually orthogonal subspaces: optimal for n + 1 < k <= 2n.

    A simplex of m points spans m - 1 dimensions, so g of them hold k points in k - g;
    g = k - n fills R^n. Cosines are 0 between simplices, negative within, and no
    arrangement of k > n + 1 points has a largest cosine below 0 (Rankin 1955). The
    sizes differ by at most 1; the centroids of a simplex are neighbours in class
    order; the sum is 0. Raises ValueError for k outside the range.

    >>> from keras_pod.centroids import max_cosine
    >>> P = orthogonal_simplices(5, 3)
    >>> bool(abs(max_cosine(P)) < 1e-12), bool(abs(P.sum(axis=0)).max() < 1e-12)
    (True, True)
    """
    k, n, seed = sizes(num_classes, dim, seed)
    if not n + 1 < k <= 2 * n:
        other = "simplex" if k <= n + 1 else "repulsion"
        raise ValueError(
            f"`num_classes` must be above dim + 1 = {n + 1} and at most 2 * dim = "
            f"{2 * n} for orthogonal simplices, got {k}; use `pedcc` or `{other}`."
        )
    frames = np.array_split(random_frame(n, n, seed), k - n)
    simplices = [helmert_simplex(len(frame) + 1) @ frame for frame in frames]
    return unit(np.concatenate(simplices))


def random_frame(rows: int, dim: int, seed: int) -> Array:
    """`rows` orthonormal rows in R^dim, Haar: QR of a Gaussian, signs of diag(R)."""
    gaussian = np.random.default_rng(seed).standard_normal((dim, rows))
    q, r = np.linalg.qr(gaussian)
    return (q * np.where(np.diag(r) < 0, -1.0, 1.0)).T


def helmert_simplex(k: int) -> Array:
    """Simplex (k, k-1): column j is -1 for the first j points and j for the next."""
    j = np.arange(1, k)
    below = np.arange(k)[:, None] < j
    columns = np.where(below, -1.0, np.where(np.arange(k)[:, None] == j, j, 0.0))
    return columns * np.sqrt(k / ((k - 1) * j * (j + 1)))


def polygon(k: int, seed: int) -> Array:
    turns = np.random.default_rng(seed).random() + np.arange(k) / k
    return np.stack([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)], axis=1)


def unit(rows: Array) -> Array:
    """Each row divided by its norm."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
