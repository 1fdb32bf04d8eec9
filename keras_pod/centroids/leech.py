"""Spherical codes cut out of Leech's lattice, for 17 dimensions and more.

A section of the lattice's shortest vectors are those that have given inner products
with given vectors. Less their common part, they are a code in fewer dimensions:
shortest vectors of norm m that have an inner product of l at most become cosines of at
most (l - p) / (m - p), p the squared length of the common part.

Most of the codes of 20 dimensions and more that are known to be optimal are such
sections (Levenshtein 1998, Universal bounds for codes and designs; Cohn & Kumar 2007,
Universally optimal distribution of points on spheres, table 1). In R^24 the search
ends 1.4 degrees lower for 200 points and 2.2 degrees lower for 600. The lattice is in
Conway & Sloane 1999, Sphere packings, lattices and groups, chapter 4.
"""

import itertools
from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from keras_pod.centroids.binary import Array, Code
from keras_pod.centroids.closed_form import unit

Integers = NDArray[np.int64]
# A vector, its last zeros left out, and the inner product with it; or only the inner
# product, with the first of the vectors that are left. Products are counted as is
# usual: shortest vectors have a norm of 4, and are made times sqrt(8).
Step = int | tuple[tuple[int, ...], int]

# They have norms of 6 and 4. The shortest vectors that have products of 3 and 2 with
# them are the vertices of Higman and Sims's graph.
_SIX = (5, *[1] * 23)
_FOUR = (4, -4)
# Size, dimension, largest cosine and steps: the optimal ones of up to 5,000 vectors,
# and some in between.
SECTIONS: list[tuple[int, int, float, tuple[Step, ...]]] = [
    (4600, 23, 1 / 3, (2,)),
    (2048, 23, 7 / 23, (((8,), 3),)),
    (552, 23, 1 / 5, ((_SIX, 3),)),
    (2816, 22, 1 / 3, (2, 1)),
    (2025, 22, 7 / 22, (1, 2)),
    (1100, 22, 2 / 7, ((_SIX, 2), 2)),
    (891, 22, 1 / 4, (2, 2)),
    (352, 22, 1 / 5, ((_SIX, 3), (_FOUR, 1))),
    (275, 22, 1 / 6, ((_SIX, 3), 2)),
    (100, 22, 1 / 11, ((_SIX, 3), (_FOUR, 2))),
    (1792, 21, 1 / 3, (((8,), 0), 0, 2)),
    (567, 21, 1 / 4, (2, 1, 2)),
    (512, 21, 5 / 21, (2, 2, 1)),
    (336, 21, 1 / 5, (2, 2, 2)),
    (175, 21, 1 / 6, ((_SIX, -2), -1, 1)),
    (162, 21, 1 / 7, ((_SIX, 3), 2, 2)),
    (112, 21, 1 / 9, ((_SIX, 3), 2, 1)),
    (77, 21, 1 / 12, ((_SIX, 3), (_FOUR, 2), 2)),
    (1280, 20, 1 / 3, (0, 0, 0, 2)),
    (256, 20, 1 / 5, (((8,), 0), -2, 0, 2)),
    (170, 20, 1 / 6, (2, 2, 2, 2)),
    (105, 20, 1 / 8, ((_SIX, 3), 2, 2, 2)),
    (81, 20, 1 / 10, ((_SIX, 3), 2, 1, 2)),
    (56, 20, 1 / 15, ((_SIX, 3), 2, 2, 1)),
    (130, 19, 1 / 6, (((8,), 0), -2, 0, 2, 2)),
    (128, 19, 3 / 19, (((8,), -2), 2, 2, 2, 2)),
    (102, 19, 1 / 7, (-2, 0, 2, 2, 2)),
    (64, 17, 1 / 9, (-2, 0, 2, 2, 2, 2, 2)),
]


def leech_codes() -> list[Code]:
    """The codes of this module, whatever their dimension."""
    return [
        Code(f"Leech({size}, {dim})", dim, size, cosine, partial(_rows, steps))
        for size, dim, cosine, steps in SECTIONS
    ]


def _rows(steps: tuple[Step, ...]) -> Iterator[Array]:
    rows, fixed = section(shortest(), steps)
    yield unit(_in_pairs(rows) @ np.linalg.svd(fixed)[2][len(fixed) :].T)


def _in_pairs(rows: Integers) -> Integers:
    """In random order, but the opposite of a row next to it if all have one.

    The first in any other order would lie on half of a sphere.
    """
    # What is opposite in a section has the same sum, so sorting gives the reverse.
    rows = rows[np.lexsort(rows.T)]
    order = np.random.default_rng(0).permutation
    if not np.all(rows + rows[::-1] == rows[0] + rows[-1]):
        return rows[order(len(rows))]
    half = order(len(rows) // 2)
    return rows[np.stack([half, len(rows) - 1 - half], axis=1).ravel()]


def section(rows: Integers, steps: tuple[Step, ...]) -> tuple[Integers, Integers]:
    """The rows with the inner products, and the vectors that those are with."""
    fixed = np.empty((0, 24), dtype=np.int64)
    for step in steps:
        vector, product = (rows[0], step) if isinstance(step, int) else step
        padded = np.zeros(24, dtype=np.int64)
        padded[: len(vector)] = vector
        rows = rows[rows @ padded == 8 * product]
        fixed = np.vstack([fixed, padded])
    return rows, fixed


def shortest() -> Integers:
    """The 196,560 shortest vectors of the lattice, times sqrt(8) (Conway 1969)."""
    signs = np.array(list(itertools.product((1, -1), repeat=8)))
    even = signs[signs.prod(axis=1) == 1]
    words = golay()
    fours = []
    for i, j in itertools.combinations(range(24), 2):
        for pair in itertools.product((4, -4), repeat=2):
            fours.append(np.zeros(24, dtype=np.int64))
            fours[-1][[i, j]] = pair
    octads = np.nonzero(words[words.sum(axis=1) == 8])[1].reshape(-1, 8)
    twos = np.zeros((len(octads), 128, 24), dtype=np.int64)
    np.put_along_axis(twos, octads[:, None], 2 * even[None], axis=2)
    threes = np.repeat(1 - 2 * words[:, None], 24, axis=1)
    threes[:, range(24), range(24)] *= -3
    return np.concatenate([fours, twos.reshape(-1, 24), threes.reshape(-1, 24)])


def golay() -> Integers:
    """The 4,096 words of the extended binary Golay code; an octad comes first.

    Quadratic residues mod 23, shifted, and a parity bit.
    """
    residues = np.isin(np.arange(23), np.arange(23) ** 2 % 23)
    residues[0] = False
    shifts = [[*np.roll(residues, i), True] for i in range(12)]
    choices = np.arange(4096)[:, None] >> np.arange(12) & 1
    words = choices @ np.array(shifts, dtype=np.int64) % 2
    octad = words[words.sum(axis=1) == 8][0]
    return words[:, np.argsort(-octad, kind="stable")]
