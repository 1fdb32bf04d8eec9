"""The descent of repelling charges to their places, by L-BFGS.

SciPy's L-BFGS-B ends as low, but is many times slower where NumPy's and its own BLAS
threads share few cores.
"""

import math

import numpy as np
from numpy.typing import NDArray

from keras_pod.centroids.symmetry import Symmetry

Array = NDArray[np.float64]


def descend(
    points: Array,
    doublings: int,
    max_iterations: int,
    tolerance: float,
    symmetry: Symmetry,
) -> Array:
    """Spread base points apart until little force is left, or rounding stops it.

    Args:
        points: where the base points begin, rows of any length > 0.
        doublings: log2 of s, the power of the inverse distance.
        max_iterations: most steps.
        tolerance: the force is small when its tangential part is at most this share.
        symmetry: of the arrangement, kept throughout.
    """
    value, gradient, force = energy(points, doublings, symmetry)
    pairs: list[tuple[Array, Array, float]] = []
    for _ in range(max_iterations):
        if force <= tolerance or not gradient.any():
            break
        direction = _direction(gradient, pairs, doublings)
        slope, step = float(np.vdot(gradient, direction)), 1.0
        new = energy(points + direction, doublings, symmetry)
        while not new[0] <= value + 1e-4 * step * slope and step > 1e-12:
            step /= 4
            new = energy(points + step * direction, doublings, symmetry)
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
    return points


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


def energy(
    points: Array, doublings: int, symmetry: Symmetry
) -> tuple[float, Array, float]:
    """Energy, gradient, and share of the force that is tangential; s = 2^doublings.

    The gradient is for points that need not be unit vectors: only their direction
    counts, which is what lets L-BFGS work as in flat space.
    """
    points = symmetry.project(points)
    norms = np.linalg.norm(points, axis=1, keepdims=True)
    rows = points / norms
    everyone = symmetry.orbits(rows)
    squared = rows @ everyone.T
    squared *= -2.0
    squared += 2.0
    np.maximum(squared, 1e-24, out=squared)
    squared[np.arange(len(rows)), symmetry.places] = np.inf
    nearest = squared.min()
    ratio = np.divide(nearest, squared, out=squared)
    weights = np.sqrt(ratio) if doublings == 0 else ratio.copy()
    for _ in range(doublings - 1):  # much faster than a power when it underflows
        np.square(weights, out=weights)
    weights *= symmetry.sizes
    total = weights.sum()
    value = math.log(total) / 2**doublings - math.log(nearest) / 2
    weights *= ratio
    weights *= 2.0 / (total * nearest)
    push = weights.sum(axis=1, keepdims=True) * rows - weights @ everyone
    tangential = push - (push * rows).sum(axis=1, keepdims=True) * rows
    tangential = symmetry.project(tangential)
    share = float(np.linalg.norm(tangential) / np.linalg.norm(push))
    return value, -tangential / norms, share
