"""Charges on a sphere that repel each other: near-optimal centroids for any k and n."""

import math
import time

import numpy as np
from numpy.typing import NDArray

from keras_pod.centroids.bounds import max_cosine_bound
from keras_pod.centroids.closed_form import simplex, sizes, unit
from keras_pod.centroids.descent import descend
from keras_pod.centroids.symmetry import (
    Symmetry,
    has_symmetry,
    no_symmetry,
    random_symmetry,
)
from keras_pod.core.arguments import integer

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
# A step takes time for the length of the rows too: from twice this on it counts.
_LONG = 128
# Where symmetric starts find nothing more even than free ones.
_MANY_DIMENSIONS = 32
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
            12,000 for n = 2, 150,000 for n = 32), they are random directions.
        dim: n; for n = 1 only k = 2 fits.
        seed: fixes the starts. Another BLAS may end elsewhere: store what you use.
        max_iterations: most steps at each of the 14 values of s in a start; by default
            so many that 10^8 pairs are compared (from 256 dimensions on fewer, so that
            it takes no longer), from 4 to 200 (60 at first in symmetric starts).
        tolerance: a value of s is done with when the tangential part of the force is
            at most this share of the force.
        restarts: number of free starts; by default 800 / k, from 1 to 16, none for
            k > 2,000. No start follows one that reaches `max_cosine_bound`.
        symmetric_starts: their number; by default 300, but at most 4 k and, from 2 up,
            6 * 10^9 / k^3. From 32 dimensions on none beside free ones: at the sizes
            of `python -m benchmarks --only centroids` they took up to a minute there
            and found nothing more even.
        verbose: print a line of progress every two seconds.

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
    if max_iterations is not None:
        max_iterations = integer("max_iterations", max_iterations, 1)
    if restarts is None:
        restarts = min(max(800 // k, 1), 16) if k <= _LARGEST_FREE else 0
    if symmetric_starts is None:
        symmetric_starts = min(max(6_000_000_000 // k**3, 2), 4 * k, 300)
        if restarts and n >= _MANY_DIMENSIONS:
            symmetric_starts = 0
    free = integer("restarts", restarts, 0)
    drawn = integer("symmetric_starts", symmetric_starts, 0)
    if not free + drawn:
        raise ValueError("`restarts` or `symmetric_starts` must be at least 1.")
    if n == 1 or k == 2:
        # A line, or no symmetry to start from: the only solution.
        return simplex(k, n, seed)
    if not free and not has_symmetry(k, n):
        return unit(np.random.default_rng(seed).standard_normal((k, n)))
    search = _Search(k, n, seed, max_iterations, tolerance, verbose)
    return search.run(free, drawn)


def is_feasible(num_classes: int, dim: int) -> bool:
    """Tell whether `repulsion` searches by default: else it gives random directions."""
    if dim == 1:
        return False
    return num_classes <= _LARGEST_FREE or has_symmetry(num_classes, dim)


class _Search:
    """One call of `repulsion`: its options, and the most even points so far."""

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
        self.begun, self.printed = 0, -math.inf

    def run(self, free: int, drawn: int) -> Array:
        symmetry = no_symmetry(self.k, self.n)
        for start in range(free):
            ladder = _LADDER[_ENTRIES[start % len(_ENTRIES)] :]
            points = self._start(symmetry, ladder)
            self._keep(points, symmetry)
            if self.lowest <= self.goal:
                break
        else:
            if has_symmetry(self.k, self.n):
                self._symmetric(drawn)
        if self.verbose:
            self._print(f"finished, max cosine {self.lowest:.6f}")
        return self.best

    def _symmetric(self, drawn: int) -> None:
        begun = []
        for _ in range(drawn):
            symmetry = random_symmetry(self.k, self.n, self.rng)
            points = self._start(symmetry, _LADDER[:_SHORT], _SHORT_STEPS)
            begun.append((_largest_cosine(points, symmetry), points, symmetry))
        begun.sort(key=lambda start: start[0])
        for _, points, symmetry in begun[:_FEW]:
            self._keep(self._anneal(points, symmetry, _LADDER[_SHORT:]), symmetry)
            if self.lowest <= self.goal:
                return

    def _start(self, symmetry: Symmetry, ladder: tuple, most: int = 200) -> Array:
        self.begun += 1
        points = self.rng.standard_normal((len(symmetry.places), symmetry.width))
        return self._anneal(points, symmetry, ladder, most)

    def _anneal(
        self, points: Array, symmetry: Symmetry, ladder: tuple, most: int = 200
    ) -> Array:
        """The points spread apart, at ever higher powers s of the inverse distance."""
        entries = len(points) * int(symmetry.sizes.sum())
        pairs = 100_000_000 // max(1, self.n // _LONG)
        steps = self.steps or min(max(pairs // entries, 4), most)
        for doublings in ladder:
            points = descend(unit(points), doublings, steps, self.tolerance, symmetry)
            if self.verbose and time.monotonic() - self.printed > 2:
                self.printed = time.monotonic()
                cosine = _largest_cosine(points, symmetry)
                self._print(
                    f"start {self.begun}, s = 2^{doublings}, max cosine {cosine:.4f}"
                )
        return points

    def _keep(self, points: Array, symmetry: Symmetry) -> None:
        cosine = _largest_cosine(points, symmetry)
        if cosine >= self.lowest:
            return
        rows = symmetry.orbits(unit(symmetry.project(points)))[: self.k]
        if rows.shape[1] > self.n:
            # Blocks of sum 0 have more coordinates than dimensions.
            rows = rows @ np.linalg.eigh(rows.T @ rows)[1][:, -self.n :]
        self.best, self.lowest = unit(rows), cosine

    def _print(self, text: str) -> None:
        print(f"repulsion ({self.k}, {self.n}): {text}", flush=True)


def _largest_cosine(points: Array, symmetry: Symmetry) -> float:
    rows = unit(symmetry.project(points))
    cosines = rows @ symmetry.orbits(rows).T
    cosines[np.arange(len(rows)), symmetry.places] = -1.0
    return float(cosines.max())
