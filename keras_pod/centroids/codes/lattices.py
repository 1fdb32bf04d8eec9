"""Spherical codes cut out of lattices: E8 and Leech's, and the 600-cell.

A section of a lattice's shortest vectors are those that have given inner products with
given vectors. Less their common part, they are a code in fewer dimensions: shortest
vectors of norm m that have an inner product of l at most become cosines of at most
(l - p) / (m - p), p the squared length of the common part.

Most of the codes that are known to be optimal are such sections (Levenshtein 1998,
Universal bounds for codes and designs; Cohn & Kumar 2007, Universally optimal
distribution of points on spheres, table 1); the lattices are in Conway & Sloane 1999,
Sphere packings, lattices and groups, chapters 4 and 14.
"""

import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from keras_pod.centroids.closed_form import unit
from keras_pod.centroids.codes.functions import Array, Code

Integers = NDArray[np.int64]
# A vector, its last zeros left out, and the inner product with it; or only the inner
# product, with the first of the vectors that are left. Products are counted as is
# usual: shortest vectors have a norm of 2 in E8 and of 4 in Leech's lattice.
Step = int | tuple[tuple[int, ...], int]

# They have norms of 6 and 4. The shortest vectors that have products of 3 and 2 with
# them are the vertices of Higman and Sims's graph.
_SIX = (5, *[1] * 23)
_FOUR = (4, -4)
# Orthogonal to A2.
_A2: tuple[Step, ...] = (((4, -4), 0), ((0, 4, -4), 0))
# Size, dimension, largest cosine and steps: the optimal ones of up to 5,000 vectors,
# and some in between.
_E8: list[tuple[int, int, float, tuple[Step, ...]]] = [
    (240, 8, 1 / 2, ()),
    (126, 7, 1 / 2, (0,)),
    (56, 7, 1 / 3, (1,)),
    (72, 6, 1 / 2, _A2),
    (27, 6, 1 / 4, (1, 1)),
    (40, 5, 1 / 2, (*_A2, ((4, 4), 0))),
    (16, 5, 1 / 5, (1, 1, 1)),
    (10, 4, 1 / 6, (1, 1, 1, 1)),
]
_LEECH: list[tuple[int, int, float, tuple[Step, ...]]] = [
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


def lattice_codes() -> list[Code]:
    """The codes of this module, whatever their dimension."""
    sections = [_section("E8", e8, 4, *row) for row in _E8]
    sections += [_section("Leech", leech, 8, *row) for row in _LEECH]
    return [*sections, _600_cell()]


def _section(
    lattice: str,
    shortest: Callable[[], Integers],
    scale: int,
    size: int,
    dim: int,
    cosine: float,
    steps: tuple[Step, ...],
) -> Code:
    def blocks() -> Iterator[Array]:
        rows, fixed = section(shortest(), scale, steps)
        found = _in_pairs(rows).astype(float)
        if len(fixed):
            found = found @ np.linalg.svd(fixed)[2][len(fixed) :].T
        yield unit(found)

    return Code(f"{lattice}({size}, {dim})", dim, size, cosine, blocks)


def section(
    rows: Integers, scale: int, steps: tuple[Step, ...]
) -> tuple[Integers, Integers]:
    """The rows with the inner products times scale, and the vectors those are with."""
    fixed = np.empty((0, rows.shape[1]), dtype=np.int64)
    for step in steps:
        vector, product = (rows[0], step) if isinstance(step, int) else step
        padded = np.zeros(rows.shape[1], dtype=np.int64)
        padded[: len(vector)] = vector
        rows = rows[rows @ padded == scale * product]
        fixed = np.vstack([fixed, padded])
    return rows, fixed


def _in_pairs(rows: NDArray) -> NDArray:
    """In random order, but the opposite of a row next to it if all have one."""
    # What is opposite in a section has the same sum, so sorting gives the reverse.
    rows = rows[np.lexsort(rows.T)]
    order = np.random.default_rng(0).permutation
    if not np.all(rows + rows[::-1] == rows[0] + rows[-1]):
        return rows[order(len(rows))]
    half = order(len(rows) // 2)
    return rows[np.stack([half, len(rows) - 1 - half], axis=1).ravel()]


def e8() -> Integers:
    """The 240 shortest vectors of E8, times 2."""
    return np.concatenate([_two_places(8, 2), _even_signs(8)])


def leech() -> Integers:
    """The 196,560 shortest vectors of Leech's lattice, times sqrt(8) (Conway 1969)."""
    words = golay()
    octads = np.nonzero(words[words.sum(axis=1) == 8])[1].reshape(-1, 8)
    twos = np.zeros((len(octads), 128, 24), dtype=np.int64)
    np.put_along_axis(twos, octads[:, None], 2 * _even_signs(8)[None], axis=2)
    threes = np.repeat(1 - 2 * words[:, None], 24, axis=1)
    threes[:, range(24), range(24)] *= -3
    return np.concatenate(
        [_two_places(24, 4), twos.reshape(-1, 24), threes.reshape(-1, 24)]
    )


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


def _two_places(n: int, value: int) -> Integers:
    """+-value in two of n places, 0 else: the roots of D_n."""
    rows = []
    for i, j in itertools.combinations(range(n), 2):
        for signs in itertools.product((value, -value), repeat=2):
            rows.append(np.zeros(n, dtype=np.int64))
            rows[-1][[i, j]] = signs
    return np.array(rows)


def _even_signs(n: int) -> Integers:
    """Rows of +-1, an even number of them -1."""
    signs = np.array(list(itertools.product((1, -1), repeat=n)))
    return signs[signs.prod(axis=1) == 1]


def _600_cell() -> Code:
    """Even permutations of (golden ratio, 1, its inverse, 0) / 2, and the 24-cell."""
    golden = (1 + math.sqrt(5)) / 2
    values = np.array([golden, 1.0, 1 / golden, 0.0]) / 2

    def blocks() -> Iterator[Array]:
        rows = [*np.eye(4), *-np.eye(4)]
        rows += [np.array(s) / 2 for s in itertools.product((1.0, -1.0), repeat=4)]
        for order in itertools.permutations(range(4)):
            if sum(a > b for a, b in itertools.combinations(order, 2)) % 2 == 0:
                for signs in itertools.product((1, -1), repeat=3):
                    rows.append((values * (*signs, 0))[list(order)])
        yield _in_pairs(np.array(rows))

    return Code("600-cell", 4, 120, golden / 2, blocks)
