"""Charges on a sphere that repel each other: near-optimal centroids for any k and n."""

import math

import numpy as np
from numpy.typing import NDArray

from keras_pod.centroids.bounds import max_cosine, max_cosine_bound
from keras_pod.centroids.closed_form import simplex, sizes, unit
from keras_pod.core.arguments import integer

Array = NDArray[np.float64]

# log2 of the exponents s. Low ones lead to the symmetric codes (E8, Higman-Sims), but
# for some k (13 points in R^3) away from the best: the starts take turns to go in at
# s = 1, 32 and 8.
_LADDER = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20)
_ENTRIES = (0, 5, 3)
# So many pairs of points are compared at each s, and more steps do not help few points.
_PAIRS = 100_000_000
_MOST_STEPS, _LEAST_STEPS = 200, 4
# A step takes time for the length of the rows too: from twice this on it counts.
_LONG = 128
# Beyond, a start takes minutes.
_MOST_POINTS = 5000


def repulsion(
    num_classes: int,
    dim: int,
    seed: int = 0,
    max_iterations: int | None = None,
    tolerance: float = 1e-5,
    restarts: int | None = None,
) -> Array:
    """Equal charges that repel each other on the unit sphere, for any k and n >= 2.

    Minimises log(sum_{i != j} d_ij^-s) / s over the k points, d_ij = ||p_i - p_j||.
    s = 1 is the physical model of PEDCC, inverse-square forces (named in Zhu & Zu 2022,
    section 2.1); s then doubles, up to 2^20, where the energy is -log(min d_ij) and so
    the largest cosine is minimised. The steps along the tangential force are
    quasi-Newton, damped by a line search. The best of several random starts is
    returned.

    Args:
        num_classes: k, at least 2. Memory is about 2.2 k^2 floats. For k > 5,000, where
            a search takes minutes, they are random directions unless `restarts` is
            given.
        dim: n; for n = 1 only k = 2 fits.
        seed: fixes the starts. Another BLAS may end elsewhere: store what you use.
        max_iterations: most steps at each of the 14 values of s in a start; by default
            so many that 10^8 pairs are compared (from 256 dimensions on fewer, so that
            it takes no longer), from 4 to 200.
        tolerance: a value of s is done with when the tangential part of the force is
            at most this share of the force.
        restarts: number of starts; by default 800 / k, from 1 to 16. No start follows
            one that reaches `max_cosine_bound`.

    Raises ValueError for arguments outside these ranges.

    >>> from keras_pod.centroids import max_cosine
    >>> round(max_cosine(repulsion(12, 3)), 4)  # the icosahedron, 1 / sqrt(5)
    0.4472
    """
    k, n, seed = sizes(num_classes, dim, seed)
    if not tolerance >= 0:
        raise ValueError(f"`tolerance` must be at least 0, got {tolerance}; try 1e-5.")
    if n == 1 and k > 2:
        raise ValueError(
            f"`dim` must be at least 2 for {k} classes, got 1: the unit sphere of R^1 "
            f"has two points only; use `dim` = {k - 1} for an exact simplex."
        )
    steps = max_iterations
    if steps is None:
        pairs = _PAIRS // max(1, n // _LONG)
        steps = min(max(pairs // k**2, _LEAST_STEPS), _MOST_STEPS)
    steps = integer("max_iterations", steps, 1)
    starts = min(max(800 // k, 1), 16) if restarts is None else restarts
    starts = integer("restarts", starts, 1)
    if n == 1:
        return simplex(k, n, seed)
    rng = np.random.default_rng(seed)
    if restarts is None and not is_feasible(k, n):
        return unit(rng.standard_normal((k, n)))
    best, lowest = np.empty((0, n)), math.inf
    for start in range(starts):
        points = unit(rng.standard_normal((k, n)))
        for doublings in _LADDER[_ENTRIES[start % len(_ENTRIES)] :]:
            points = descend(points, doublings, steps, tolerance)
        cosine = max_cosine(points)
        if cosine < lowest:
            best, lowest = points, cosine
        if lowest <= max_cosine_bound(k, n) + 1e-6:
            break
    return best


def is_feasible(num_classes: int, dim: int) -> bool:
    """Tell whether `repulsion` searches by default: else it gives random directions."""
    return dim > 1 and num_classes <= _MOST_POINTS


def descend(
    points: Array, doublings: int, max_iterations: int, tolerance: float
) -> Array:
    """Spread points (k, n) on the sphere apart, by L-BFGS; s is 2^doublings.

    SciPy's L-BFGS-B ends as low, but is many times slower where NumPy's and its own
    BLAS threads share few cores. It ends when the tangential part of the force is at
    most the share `tolerance` of it, when rounding stops it, or after `max_iterations`
    steps.
    """
    value, gradient, force = energy(points, doublings)
    pairs: list[tuple[Array, Array, float]] = []
    for _ in range(max_iterations):
        if force <= tolerance or not gradient.any():
            break
        direction = _direction(gradient, pairs, doublings)
        slope, step = float(np.vdot(gradient, direction)), 1.0
        new = energy(points + direction, doublings)
        while not new[0] <= value + 1e-4 * step * slope and step > 1e-12:
            step /= 4
            new = energy(points + step * direction, doublings)
        if step > 1e-12:
            moved, bent = step * direction, new[1] - gradient
            points, (value, gradient, force) = points + moved, new
            curvature = float(np.vdot(moved, bent))
            if curvature > 1e-14 * np.vdot(bent, bent):
                pairs = [*pairs[-9:], (moved, bent, curvature)]
        elif pairs:
            pairs = []
        else:
            break
    return unit(points)


def _direction(
    gradient: Array, pairs: list[tuple[Array, Array, float]], doublings: int
) -> Array:
    """Minus the inverse Hessian, as far as the pairs tell it, times the gradient."""
    if not pairs:
        return gradient * (-0.1 / 2**doublings / np.abs(gradient).max())
    direction = -gradient
    factors = []
    for moved, bent, curvature in reversed(pairs):
        factors.append(np.vdot(moved, direction) / curvature)
        direction -= factors[-1] * bent
    direction *= pairs[-1][2] / np.vdot(pairs[-1][1], pairs[-1][1])
    for (moved, bent, curvature), factor in zip(pairs, reversed(factors), strict=True):
        direction += (factor - np.vdot(bent, direction) / curvature) * moved
    return direction


def energy(points: Array, doublings: int) -> tuple[float, Array, float]:
    """Energy, gradient, and share of the force that is tangential; s = 2^doublings.

    The gradient is for points that need not be unit vectors: only their direction
    counts, which is what lets L-BFGS work as in flat space.
    """
    norms = np.linalg.norm(points, axis=1, keepdims=True)
    rows = points / norms
    squared = rows @ rows.T
    squared *= -2.0
    squared += 2.0
    np.maximum(squared, 1e-24, out=squared)
    np.fill_diagonal(squared, np.inf)
    nearest = squared.min()
    ratio = np.divide(nearest, squared, out=squared)
    weights = np.sqrt(ratio) if doublings == 0 else ratio.copy()
    # Much faster than a power, which is slow where it underflows.
    for _ in range(doublings - 1):
        np.square(weights, out=weights)
    total = weights.sum()
    value = math.log(total) / 2**doublings - math.log(nearest) / 2
    weights *= ratio
    weights *= 2.0 / (total * nearest)
    push = weights.sum(axis=1, keepdims=True) * rows - weights @ rows
    tangential = push - (push * rows).sum(axis=1, keepdims=True) * rows
    share = float(np.linalg.norm(tangential) / np.linalg.norm(push))
    return value, -tangential / norms, share
