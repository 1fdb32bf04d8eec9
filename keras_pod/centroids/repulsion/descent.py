"""The descent of repelling charges to their places, by L-BFGS.

SciPy's L-BFGS-B ends as low, but is many times slower where NumPy's and its own BLAS
threads share few cores.
"""

import math
from collections.abc import Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from keras_pod.centroids.closed_form import unit
from keras_pod.centroids.repulsion.symmetry import Affine, Free

Array = NDArray[np.float64]


def anneal(
    points: Array,
    ladder: tuple[int, ...],
    max_iterations: int,
    tolerance: float,
    symmetry: Free | Affine,
) -> Iterator[tuple[float, float, Array]]:
    """Spreads points apart, at ever higher powers s of the inverse distance.

    Args:
        points: where the base points begin, rows of any length > 0.
        ladder: log2 of the exponents s.
        max_iterations: most steps at each s.
        tolerance: an s is done with when the tangential part of the force is at most
            this share of the force.
        symmetry: of the arrangement, kept throughout.

    Yields:
        the share done, the tangential share of the force, and the base points.
    """
    for stage, doublings in enumerate(ladder):
        descent = _descend(unit(points), doublings, symmetry)
        for iteration, (force, points) in enumerate(
            islice(descent, max_iterations + 1)
        ):
            yield (stage + iteration / max_iterations) / len(ladder), force, points
            if force <= tolerance:
                break


def _descend(
    points: Array, doublings: int, symmetry: Free | Affine
) -> Iterator[tuple[float, Array]]:
    """L-BFGS with an Armijo line search; ends where rounding stops all progress."""
    energy, gradient, force = _energy(points, doublings, symmetry)
    pairs: list[tuple[Array, Array, float]] = []
    while True:
        yield force, points
        if not gradient.any():
            return
        direction = _direction(gradient, pairs, doublings)
        slope, step = float(np.vdot(gradient, direction)), 1.0
        new = _energy(points + direction, doublings, symmetry)
        while not new[0] <= energy + 1e-4 * step * slope and step > 1e-12:
            step /= 4
            new = _energy(points + step * direction, doublings, symmetry)
        if step > 1e-12:
            moved, bent = step * direction, new[1] - gradient
            points, (energy, gradient, force) = points + moved, new
            curvature = float(np.vdot(moved, bent))
            if curvature > 1e-14 * np.vdot(bent, bent):
                pairs = [*pairs[-9:], (moved, bent, curvature)]
        elif pairs:
            pairs = []
        else:
            return


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


def _energy(
    points: Array, doublings: int, symmetry: Free | Affine
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
    energy = math.log(total) / 2**doublings - math.log(nearest) / 2
    weights *= ratio
    weights *= 2.0 / (total * nearest)
    push = weights.sum(axis=1, keepdims=True) * rows - weights @ everyone
    tangential = push - (push * rows).sum(axis=1, keepdims=True) * rows
    tangential = symmetry.project(tangential)
    share = float(np.linalg.norm(tangential) / np.linalg.norm(push))
    return energy, -tangential / norms, share
