"""The evenness of centroids, and its bound."""

import math

import numpy as np
from numpy.typing import ArrayLike

from keras_pod.centroids.closed_form import sizes, unit


def max_cosine(P: ArrayLike) -> float:
    """Largest cosine between two different rows of P (k, n): smaller is more even.

    max_{i != j} <p_i, p_j> / (||p_i|| ||p_j||), in blocks: never the whole (k, k) Gram
    matrix. Raises ValueError unless P has rank 2, two rows or more, and finite rows
    that are not zero.

    >>> round(max_cosine([[2.0, 0.0], [0.0, 1.0], [-1.0, 1.0]]), 6)
    0.707107
    """
    rows = np.asarray(P, dtype=np.float64)
    if rows.ndim != 2 or len(rows) < 2:
        raise ValueError(
            f"`P` must have shape (classes, dim) with two rows or more, got "
            f"{rows.shape}; pass one centroid per row."
        )
    largest = np.abs(rows).max(axis=1, initial=0.0, keepdims=True)
    bad = np.flatnonzero(~((largest > 0) & (largest < np.inf)))
    if bad.size:
        raise ValueError(
            f"`P` must have finite rows that are not zero, but row {bad[0]} is not; "
            "leave it out."
        )
    # Divided first, so that squares cannot over- or underflow.
    rows = unit(rows / largest)
    size = max(1, 4_000_000 // len(rows))
    result = -1.0
    for start in range(0, len(rows) - 1, size):
        cosines = rows[start : start + size] @ rows[start:].T
        np.fill_diagonal(cosines, -1.0)
        result = max(result, float(cosines.max()))
    return min(result, 1.0)


def max_cosine_bound(num_classes: int, dim: int) -> float:
    """A number that the largest cosine of k unit vectors in R^n cannot be below.

    -1 / (k - 1) for k <= n + 1, 0 for k <= 2n (Rankin 1955) and cos(2 pi / k) for
    n = 2, all reached; else the root s of L(n, s) = k with L of Levenshtein (1998,
    Universal bounds for codes and designs), which few codes reach. Welch's bound is
    no help: it holds for the largest |cosine|, and a code can be below it.
    Raises ValueError for k < 2 or n = `dim` < 1.

    >>> [round(max_cosine_bound(k, n), 6) for k, n in [(10, 256), (6, 3), (240, 8)]]
    [-0.111111, 0.0, 0.5]
    """
    k, n, _ = sizes(num_classes, dim, 0)
    if k <= n + 1:
        return -1.0 / (k - 1)
    if n == 1:
        return 1.0
    if k <= 2 * n:
        return 0.0
    if n == 2:
        return math.cos(2 * math.pi / k)
    # L_{2m-1} grows to C(m+n-1, n-1) + C(m+n-2, n-1) on its interval, then L_{2m} to
    # 2 C(m+n-1, n-1): exact integers, so no branch is taken outside its interval.
    m = 1
    while k > 2 * math.comb(m + n - 1, n - 1):
        m += 1
    odd = k <= math.comb(m + n - 1, n - 1) + math.comb(m + n - 2, n - 1)
    between = _largest_jacobi_zero(m, n, 1, 0)
    low = _largest_jacobi_zero(m - 1, n, 1, 1) if odd else between
    high = between if odd else _largest_jacobi_zero(m, n, 1, 1)
    for _ in range(60):
        middle = (low + high) / 2
        if _levenshtein(m, n, middle, odd) < k:
            low = middle
        else:
            high = middle
    return low


def _largest_jacobi_zero(m: int, n: int, a: int, b: int) -> float:
    """Largest zero of Jacobi P_m^(a + (n-3)/2, b + (n-3)/2): Golub & Welsch 1969."""
    if m == 0:
        return -1.0
    alpha, beta = a + (n - 3) / 2, b + (n - 3) / 2
    j = np.arange(m)
    centre = 2 * j + alpha + beta
    matrix = np.diag((beta**2 - alpha**2) / (centre * (centre + 2)))
    j, centre = j[1:], centre[1:]
    square = 4 * j * (j + alpha) * (j + beta) * (j + alpha + beta)
    square = square / (centre**2 * (centre + 1) * (centre - 1))
    matrix += np.diag(np.sqrt(square), 1) + np.diag(np.sqrt(square), -1)
    return float(np.linalg.eigvalsh(matrix)[-1])


def _levenshtein(m: int, n: int, s: float, odd: bool) -> float:
    """L_{2m-1}(n, s) if odd, else L_{2m}(n, s); P_i is Gegenbauer's with P_i(1) = 1."""
    before, here, after = 0.0, 1.0, s
    for i in range(m):
        before, here = here, after
        after = ((2 * i + n) * s * here - (i + 1) * before) / (i + n - 1)
    # Now here = P_m, before = P_{m-1}, after = P_{m+1}.
    if odd:
        rest = (before - here) / ((1 - s) * here)
        return math.comb(m + n - 3, m - 1) * ((2 * m + n - 3) / (n - 1) - rest)
    rest = (1 + s) * (here - after) / ((1 - s) * (here + after))
    return math.comb(m + n - 2, m) * ((2 * m + n - 1) / (n - 1) - rest)
