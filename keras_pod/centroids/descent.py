"""The descent of repelling charges to their places, by L-BFGS.

SciPy's L-BFGS-B ends as low, but is many times slower where NumPy's and its own BLAS
threads share few cores.
"""

import math

import numpy as np
from numpy.typing import NDArray

from keras_pod.centroids.closed_form import unit

Array = NDArray[np.float64]


def descend(
    points: Array, doublings: int, max_iterations: int, tolerance: float
) -> Array:
    """Spread points (k, n) on the sphere apart; s is 2^doublings.

    It ends when the tangential part of the force is at most the share `tolerance` of
    it, when rounding stops it, or after `max_iterations` steps.
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
