"""Predefined evenly-distributed class centroids (PEDCC): NumPy only, float64.

`pedcc` gives the best arrangement known to this module for any number of classes;
the functions behind it, and two that measure and bound the result, are public too.
All return one unit vector per class, (num_classes, dim), fixed by `seed`.

>>> centroids = pedcc(10, 256)
>>> centroids.shape, round(max_cosine(centroids), 9)
((10, 256), -0.111111111)
"""

import math
import numbers
import time

import numpy as np
from numpy.typing import ArrayLike

from keras_pod.repulsion import Array, anneal, unit


def pedcc(num_classes: int, dim: int, seed: int = 0, verbose: bool = False) -> Array:
    """The most even centroids this module can make for any k = `num_classes`.

    `simplex` for k <= n + 1 and `orthogonal_simplices` for k <= 2n, both optimal;
    the regular polygon for n = `dim` = 2, optimal; else `repulsion`, near-optimal
    (Zhu & Zu 2022, section 2.1, is exact for k <= n + 1 only). `verbose` prints the
    progress of `repulsion`. Raises ValueError as those functions do.

    >>> [round(max_cosine(pedcc(k, 2)), 3) for k in (3, 4, 5)]
    [-0.5, 0.0, 0.309]
    """
    k, n, seed = _sizes(num_classes, dim, seed)
    if k <= n + 1:
        return simplex(k, n, seed)
    if n == 2:
        return _polygon(k, seed)
    if k <= 2 * n:
        return orthogonal_simplices(k, n, seed)
    return repulsion(k, n, seed, verbose=verbose)


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
    k, n, seed = _sizes(num_classes, dim, seed)
    if k > n + 1:
        raise ValueError(
            f"`num_classes` must be at most dim + 1 = {n + 1} for a simplex, got {k}; "
            f"use `pedcc`, or a `dim` of at least {k - 1}."
        )
    return unit(_helmert_simplex(k) @ _random_frame(k - 1, n, seed))


def orthogonal_simplices(num_classes: int, dim: int, seed: int = 0) -> Array:
    """Simplices in mutually orthogonal subspaces: optimal for n + 1 < k <= 2n.

    A simplex of m points spans m - 1 dimensions, so g of them hold k points in k - g;
    g = k - n fills R^n. Cosines are 0 between simplices, negative within, and no
    arrangement of k > n + 1 points has a largest cosine below 0 (Rankin 1955). The
    sizes differ by at most 1; the centroids of a simplex are neighbours in class
    order; the sum is 0. Raises ValueError for k outside the range.

    >>> P = orthogonal_simplices(5, 3)
    >>> bool(abs(max_cosine(P)) < 1e-12), bool(abs(P.sum(axis=0)).max() < 1e-12)
    (True, True)
    """
    k, n, seed = _sizes(num_classes, dim, seed)
    if not n + 1 < k <= 2 * n:
        other = "simplex" if k <= n + 1 else "repulsion"
        raise ValueError(
            f"`num_classes` must be above dim + 1 = {n + 1} and at most 2 * dim = "
            f"{2 * n} for orthogonal simplices, got {k}; use `pedcc` or `{other}`."
        )
    frames = np.array_split(_random_frame(n, n, seed), k - n)
    simplices = [_helmert_simplex(len(frame) + 1) @ frame for frame in frames]
    return unit(np.concatenate(simplices))


def repulsion(
    num_classes: int,
    dim: int,
    seed: int = 0,
    max_iterations: int | None = None,
    tolerance: float = 1e-5,
    restarts: int | None = None,
    verbose: bool = False,
) -> Array:
    """Equal charges that repel each other on the unit sphere, for any k and n >= 2.

    Minimises log(sum_{i != j} d_ij^-s) / s over the k points, d_ij = ||p_i - p_j||.
    s = 1 is the physical model of PEDCC, inverse-square forces (named in Zhu & Zu 2022,
    section 2.1); s then doubles, up to 2^20, where the energy is -log(min d_ij) and so
    the largest cosine is minimised. The steps along the tangential force are
    quasi-Newton, damped by a line search. The best of several starts is returned.

    Args:
        num_classes: k, at least 2. Memory is about 2.2 k^2 floats.
        dim: n; for n = 1 only k = 2 fits.
        seed: fixes the starts. Another BLAS may end elsewhere: store what you use.
        max_iterations: most steps at each of the 14 values of s in a start; by default
            100,000 / k, from 50 to 200.
        tolerance: a value of s is done with when the tangential part of the force is
            at most this share of the force.
        restarts: number of starts; by default 800 / k, from 1 to 16. None follows a
            start that reaches `max_cosine_bound`.
        verbose: print a line of progress every two seconds.

    Raises ValueError for arguments outside these ranges.

    >>> round(max_cosine(repulsion(12, 3)), 4)  # the icosahedron, 1 / sqrt(5)
    0.4472
    """
    k, n, seed = _sizes(num_classes, dim, seed)
    if max_iterations is None:
        max_iterations = min(max(100_000 // k, 50), 200)
    if restarts is None:
        restarts = min(max(800 // k, 1), 16)
    steps = _integer("max_iterations", max_iterations, 1)
    starts = _integer("restarts", restarts, 1)
    if not tolerance >= 0:
        raise ValueError(f"`tolerance` must be at least 0, got {tolerance}; try 1e-5.")
    if n == 1 and k > 2:
        raise ValueError(
            f"`dim` must be at least 2 for {k} classes, got 1: the unit sphere of R^1 "
            f"has two points only; use `dim` = {k - 1} for an exact simplex."
        )
    if n == 1:
        return simplex(k, n, seed)
    rng = np.random.default_rng(seed)
    goal = max_cosine_bound(k, n) + 1e-6
    best, lowest, printed = np.empty((0, n)), math.inf, -math.inf
    for start in range(starts):
        points = first = unit(rng.standard_normal((k, n)))
        for done, force, points in anneal(first, start, steps, tolerance):
            if verbose and time.monotonic() - printed > 2:
                printed = time.monotonic()
                print(
                    f"repulsion ({k}, {n}): {(start + done) / starts:.0%} done, "
                    f"start {start + 1} of {starts}, tangential force {force:.1e}, "
                    f"max cosine {max_cosine(points):.4f}",
                    flush=True,
                )
        cosine = max_cosine(points)
        if cosine < lowest:
            best, lowest = unit(points), cosine
        if lowest <= goal:
            break
    if verbose:
        print(f"repulsion ({k}, {n}): finished, max cosine {lowest:.6f}", flush=True)
    return best


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
    rows = unit(rows / largest)  # dividing first: squares cannot over- or underflow
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
    k, n, _ = _sizes(num_classes, dim, 0)
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


def _integer(name: str, value: int, least: int) -> int:
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or value < least:
        need = f"at least {least}" if whole else "an integer"
        raise ValueError(
            f"`{name}` must be {need}, got {value!r}; use an integer from {least} up."
        )
    return int(value)


def _sizes(num_classes: int, dim: int, seed: int) -> tuple[int, int, int]:
    k = _integer("num_classes", num_classes, 2)
    return k, _integer("dim", dim, 1), _integer("seed", seed, 0)


def _random_frame(rows: int, dim: int, seed: int) -> Array:
    """`rows` orthonormal rows in R^dim, Haar: QR of a Gaussian, signs of diag(R)."""
    gaussian = np.random.default_rng(seed).standard_normal((dim, rows))
    q, r = np.linalg.qr(gaussian)
    return (q * np.where(np.diag(r) < 0, -1.0, 1.0)).T


def _helmert_simplex(k: int) -> Array:
    """Simplex (k, k-1): column j is -1 for the first j points and j for the next."""
    j = np.arange(1, k)
    below = np.arange(k)[:, None] < j
    columns = np.where(below, -1.0, np.where(np.arange(k)[:, None] == j, j, 0.0))
    return columns * np.sqrt(k / ((k - 1) * j * (j + 1)))


def _polygon(k: int, seed: int) -> Array:
    turns = np.random.default_rng(seed).random() + np.arange(k) / k
    return np.stack([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)], axis=1)


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
