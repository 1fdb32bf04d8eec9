"""Arrangements that are symmetric: the best known ones are, and are found faster so.

The codes that are proven optimal have large groups of symmetries, and a search that
only looks at symmetric arrangements has far fewer numbers to find. The groups here
are those of x -> u x + a (mod p), u from a cyclic group of q units; they permute the
coordinates of blocks of length p, all blocks alike.
"""

import functools
import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# A larger group leaves so few base points that the group is nearly all.
_LARGE_GROUP = 128
# Base points times points, which is what a step's time and memory go with: where k is
# large, a group that keeps it below the first if there is one, and else the second.
_ENTRIES = 4e6
_MOST_ENTRIES = 2.5e7


class Symmetry:
    """The group x -> u x + a (mod p) on blocks of p coordinates.

    Args:
        p: length of a block, and number of the shifts; 1 for no symmetry.
        units: the q multipliers u, 1 first.
        base: how many base points have p q images, how many have p (the multipliers
            leave them in place) and how many have one.
        dim: n; see `_blocks` for how blocks hold it.

    Attributes:
        sizes: number of images of each base point, (r, 1).
        places: where each base point is in `orbits`, (r,).
        width: number of coordinates of a base point.
    """

    def __init__(
        self, p: int, units: list[int], base: tuple[int, int, int], dim: int
    ) -> None:
        self.p, self.base = p, base
        blocks, self.centred, rest = _blocks(p, dim)
        self.width = blocks * p + rest
        images = np.repeat([len(units) * p, p, 1], base)
        self.sizes = images[:, None].astype(float)
        self.places = np.cumsum(images) - images
        inside = [(u * np.arange(p) + a) % p for u in units for a in range(p)]
        starts = p * np.arange(blocks)
        moved = starts[:, None] + np.array(inside)[:, None, :]
        still = np.tile(np.arange(blocks * p, self.width), (len(inside), 1))
        self.turns = np.hstack([moved.reshape(len(inside), -1), still])

    def project(self, rows: Array) -> Array:
        """The nearest rows that have the stabilisers and sums they must have."""
        rows = rows.copy()
        free, held, _ = self.base
        for part, turns in (
            (slice(free, free + held), self.turns[:: self.p]),
            (slice(free + held, None), self.turns),
        ):
            rows[part] = rows[part][:, turns].mean(axis=1)
        # A view: each block of it loses its mean.
        zero_sum = rows[:, : self.centred * self.p]
        means = zero_sum.reshape(len(rows), -1, self.p).mean(axis=2)
        zero_sum -= np.repeat(means, self.p, axis=1)
        return rows

    def orbits(self, rows: Array) -> Array:
        """All images of the base points, (k, width)."""
        free, held, _ = self.base
        images = (
            rows[:free][:, self.turns],
            rows[free : free + held][:, self.turns[: self.p]],
            rows[free + held :],
        )
        return np.concatenate([part.reshape(-1, self.width) for part in images])


def no_symmetry(num_points: int, dim: int) -> Symmetry:
    """Every point is a base point."""
    return Symmetry(1, [1], (num_points, 0, 0), dim)


def has_symmetry(num_points: int, dim: int) -> bool:
    """Tell whether a group is large enough for base points x points to fit."""
    return bool(_options(num_points, dim))


def random_symmetry(num_points: int, dim: int, rng: np.random.Generator) -> Symmetry:
    """A group that can act on so many points in R^dim, and how it acts, by chance.

    It may act on a few points more: leave out the last. For sizes that `has_symmetry`.
    """
    options = _options(num_points, dim)
    # Large groups are quick to search and lead to the best codes, if they fit.
    chances = np.array([p * len(u) / (1 + f + e) ** 3 for p, f, e, u in options])
    p, fixed, extra, units = options[
        rng.choice(len(options), p=chances / chances.sum())
    ]
    orbits, q = (num_points + extra - fixed) // p, len(units)
    held = orbits % q
    if 1 < q <= orbits - held and rng.integers(2):
        held += q
    return Symmetry(p, units, ((orbits - held) // q, held, fixed), dim)


@functools.lru_cache(maxsize=8)
def _options(num_points: int, dim: int) -> list[tuple[int, int, int, list[int]]]:
    """(p, how many points it fixes, points too many, units) of the groups to try."""
    smallest = num_points**2 / _ENTRIES
    found = []
    for p in range(2, min(dim + 1, num_points - 1) + 1):
        blocks, centred, rest = _blocks(p, dim)
        for fixed in range(3):
            extra = -(num_points - fixed) % p
            fits = blocks > 0 and rest <= 2 and fixed <= blocks - centred + rest
            if not fits or extra > num_points // 50 + 1:
                continue
            found += [
                (p, fixed, extra, units)
                for units in _unit_groups(p, max(_LARGE_GROUP, 8 * smallest))
                if len(units) * p <= num_points
            ]
    sizes = [p * len(units) for p, _, _, units in found]
    least = min(smallest, max(sizes, default=0))
    if least * _MOST_ENTRIES < num_points**2:
        return []
    return [o for o, size in zip(found, sizes, strict=True) if size >= least]


def _blocks(p: int, dim: int) -> tuple[int, int, int]:
    """(blocks, how many of them have sum 0, coordinates beside them that stay)."""
    blocks, rest = divmod(dim, p)
    if rest and p - rest <= blocks + 1:
        return blocks + 1, p - rest, 0
    return blocks, 0, rest


def _unit_groups(p: int, largest: float) -> list[list[int]]:
    """The cyclic groups of units mod p that keep p q <= `largest`."""
    groups = []
    for unit in range(1, p):
        if math.gcd(unit, p) == 1:
            powers = [1]
            while powers[-1] * unit % p != 1:
                powers.append(powers[-1] * unit % p)
            if len(powers) * p <= largest:
                groups.append(sorted(powers))
    return [group for i, group in enumerate(groups) if group not in groups[:i]]
