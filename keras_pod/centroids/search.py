"""Charges on a sphere that repel each other: near-optimal centroids for any k and n."""

import math
import time
from collections.abc import Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from keras_pod.centroids.bounds import max_cosine, max_cosine_bound
from keras_pod.centroids.checks import integer, sizes
from keras_pod.centroids.closed_form import simplex, unit
from keras_pod.centroids.symmetry import Affine, Free, random_symmetry

Array = NDArray[np.float64]

# log2 of the exponents s. Low ones lead to the symmetric codes (E8, Higman-Sims), but
# for some k (13 points in R^3) away from the best: the starts take turns to go in at
# s = 1, 32 and 8.
_LADDER = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20)
_ENTRIES = (0, 5, 3)
# Symmetric starts stop at 2^6, and the most even few of them go on.
_SHORT = 7
_SHORT_STEPS = 60
_FEW = 3
# Beyond, a free start takes minutes.
_LARGEST_FREE = 2000


def repulsion(
    num_classes: int,
    dim: int,
    seed: int = 0,
    max_iterations: int | None = None,
    tolerance: float = 1e-5,
    restarts: int | None = None,
    symmetric_starts: int | None = None,
    verbose: bool = False,
) -> Array:
    """Equal charges that repel each other on the unit sphere, for any k and n >= 2.

    Minimises log(sum_{i != j} d_ij^-s) / s over the k points, d_ij = ||p_i - p_j||.
    s = 1 is the physical model of PEDCC, inverse-square forces (named in Zhu & Zu 2022,
    section 2.1); s then doubles, up to 2^20, where the energy is -log(min d_ij) and so
    the largest cosine is minimised. The steps along the tangential force are
    quasi-Newton, damped by a line search.

    The best of several starts is returned: some are random, some are random among the
    arrangements that have a group of symmetries, drawn anew for each, which finds
    codes that no free search reached (275 points in R^22). Symmetric starts need k /
    (group size) of the time and memory, and are the only ones for k > 2,000.

    Args:
        num_classes: k, at least 2. Memory is about 2.2 k^2 floats, and less than
            1 GB for k > 2,000. Where k is too large for a search in R^dim (above
            7,000 for n = 2, 100,000 for n = 32), the centroids are random unit vectors.
        dim: n; for n = 1 only k = 2 fits.
        seed: fixes the starts. Another BLAS may end elsewhere: store what you use.
        max_iterations: most steps at each of the 14 values of s in a start; by default
            100,000 / k, from 50 to 200, fewer for k > 2,000.
        tolerance: a value of s is done with when the tangential part of the force is
            at most this share of the force.
        restarts: number of free starts; by default 800 / k, from 1 to 16, none for
            k > 2,000. No start follows one that reaches `max_cosine_bound`.
        symmetric_starts: their number; by default 200, but at most 4 k and, from 2 up,
            15 million / k^2.
        verbose: print a line of progress every two seconds.

    Raises ValueError for arguments outside these ranges.

    >>> round(max_cosine(repulsion(12, 3)), 4)  # the icosahedron, 1 / sqrt(5)
    0.4472
    """
    k, n, seed = sizes(num_classes, dim, seed)
    steps = None
    if max_iterations is not None:
        steps = integer("max_iterations", max_iterations, 1)
    if restarts is None:
        restarts = min(max(800 // k, 1), 16) if k <= _LARGEST_FREE else 0
    free = integer("restarts", restarts, 0)
    if symmetric_starts is None:
        symmetric_starts = min(max(15_000_000 // k**2, 2), 4 * k, 200)
    drawn = integer("symmetric_starts", symmetric_starts, 0)
    if not free + drawn:
        raise ValueError("`restarts` or `symmetric_starts` must be at least 1.")
    if not tolerance >= 0:
        raise ValueError(f"`tolerance` must be at least 0, got {tolerance}; try 1e-5.")
    if n == 1 and k > 2:
        raise ValueError(
            f"`dim` must be at least 2 for {k} classes, got 1: the unit sphere of R^1 "
            f"has two points only; use `dim` = {k - 1} for an exact simplex."
        )
    if n == 1:
        return simplex(k, n, seed)
    search = _Search(k, n, seed, steps, tolerance, verbose)
    return search.run(free, drawn)


class _Search:
    """One call of `repulsion`: the starts, and what is the best so far."""

    def __init__(
        self,
        k: int,
        n: int,
        seed: int,
        steps: int | None,
        tolerance: float,
        verbose: bool,
    ) -> None:
        self.k, self.n = k, n
        self.steps, self.tolerance, self.verbose = steps, tolerance, verbose
        self.rng = np.random.default_rng(seed)
        self.goal = max_cosine_bound(k, n) + 1e-6
        self.best, self.lowest = np.empty((0, n)), math.inf
        self.share, self.printed = 0.0, -math.inf

    def run(self, free: int, drawn: int) -> Array:
        cost = free + drawn / 2 + min(drawn, _FEW) / 2
        for start in range(free):
            ladder = _LADDER[_ENTRIES[start % len(_ENTRIES)] :]
            points = self.rng.standard_normal((self.k, self.n))
            self._keep(self._anneal(points, ladder, Free(self.k), 1 / cost))
            if self.lowest <= self.goal:
                break
        else:
            self._symmetric(drawn, 0.5 / cost)
        if self.verbose:
            found = f"finished, max cosine {self.lowest:.6f}"
            print(f"repulsion ({self.k}, {self.n}): {found}", flush=True)
        return self.best

    def _symmetric(self, drawn: int, cost: float) -> None:
        symmetries = [random_symmetry(self.k, self.n, self.rng) for _ in range(drawn)]
        if None in symmetries:
            # No group is large enough to make a search for so many points feasible.
            self._keep(self.rng.standard_normal((self.k, self.n)))
            return
        begun = []
        for symmetry in symmetries:
            points = self.rng.standard_normal((len(symmetry.places), symmetry.width))
            ladder = _LADDER[:_SHORT]
            points = self._anneal(points, ladder, symmetry, cost, _SHORT_STEPS)
            begun.append((max_cosine(self._all(points, symmetry)), points, symmetry))
        begun.sort(key=lambda start: start[0])
        for _, points, symmetry in begun[:_FEW]:
            points = self._anneal(points, _LADDER[_SHORT:], symmetry, cost)
            self._keep(self._all(points, symmetry))
            if self.lowest <= self.goal:
                return

    def _anneal(
        self,
        points: Array,
        ladder: tuple[int, ...],
        symmetry: Free | Affine,
        cost: float,
        most: int = 200,
    ) -> Array:
        entries = len(points) * int(symmetry.sizes.sum())
        steps = self.steps or min(max(100_000_000 // entries, 4), most)
        steps_taken = anneal(points, ladder, steps, self.tolerance, symmetry)
        for done, force, points in steps_taken:
            if self.verbose and time.monotonic() - self.printed > 2:
                self.printed = time.monotonic()
                cosine = max_cosine(self._all(points, symmetry))
                print(
                    f"repulsion ({self.k}, {self.n}): {self.share + cost * done:.0%} "
                    f"done, tangential force {force:.1e}, max cosine {cosine:.4f}",
                    flush=True,
                )
        self.share += cost
        return points

    def _all(self, points: Array, symmetry: Free | Affine) -> Array:
        rows = symmetry.orbits(unit(symmetry.project(points)))[: self.k]
        if rows.shape[1] == self.n:
            return rows
        # Blocks of sum 0 have more coordinates than dimensions.
        span = np.linalg.eigh(rows.T @ rows)[1][:, -self.n :]
        return rows @ span

    def _keep(self, rows: Array) -> None:
        cosine = max_cosine(rows)
        if cosine < self.lowest:
            self.best, self.lowest = unit(rows), cosine


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
