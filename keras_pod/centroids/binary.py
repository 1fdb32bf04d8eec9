"""Spherical codes of signs: many vectors, few bits of choice, a proven angle.

Each is a union of orthonormal bases of R^n: one fixed basis times a diagonal of signs,
another for every class of functions, and the negatives. Two vectors of different bases
have a cosine of at most what the functions guarantee:

- n = 4, 16, 64, 256 ...: Kerdock (1972), n (n + 2) vectors, cosines <= 1 / sqrt(n).
- n = 2^m: quadratic forms over GF(2) whose differences have rank >= 2 d (Delsarte &
  Goethals 1975; for odd m and largest d those of Gold 1968), cosines <= 2^-d.

Each can be shortened, as codes of words are (MacWilliams & Sloane 1977, chapter 1,
section 9). Without the coordinate basis, keep the vectors that have + at r given
places, r <= m + 1, and leave those places out: of n c, the inner product of two, that
takes r, and so cosines <= (n c - r) / (n - r) in R^(n-r). The first place leaves one
of v and -v, every other one half of what was left.
"""

import dataclasses
import functools
import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# 2^m coordinates at most: beyond, the tables of a field are larger than the codes.
_LARGEST_M = 13


@dataclasses.dataclass(frozen=True)
class Code:
    """A spherical code that is not made yet.

    Args:
        name: what it is.
        dim: number of coordinates.
        size: number of vectors.
        cosine: no two vectors have a larger one.
        blocks: makes the unit vectors, array (any number, dim) by array.
        antipodal: whether each row of the blocks stands for two vectors, v and -v.
    """

    name: str
    dim: int
    size: int
    cosine: float
    blocks: Callable[[], Iterator[Array]]
    antipodal: bool = False

    def fill(self, rows: NDArray, frame: Array) -> None:
        """Write the first len(rows) vectors, in the coordinates of a frame.

        v and -v are neighbours, so an even number of an antipodal code sums to 0.

        Args:
            rows: (k, n), any float dtype, k at most `size`.
            frame: orthonormal rows (dim, n).
        """
        for block in self.blocks():
            vectors = block[: len(rows)] @ frame
            if self.antipodal:
                part, rows = rows[: 2 * len(block)], rows[2 * len(block) :]
                part[0::2] = vectors[: len(part[0::2])]
                part[1::2] = -vectors[: len(part[1::2])]
            else:
                rows[: len(vectors)], rows = vectors, rows[len(vectors) :]
            if not len(rows):
                return


def binary_codes(dim: int) -> Iterator[Code]:
    """The codes of this module for R^dim."""
    for m in range(2, _LARGEST_M + 1):
        # In fewer than 2^m dimensions only if shortened, which m + 1 times it can be.
        for fixed in range(max(2**m - dim, 0), m + 2):
            if m % 2 == 0:
                yield _kerdock(m, fixed)
            yield from (_quadratic(m, d, fixed) for d in range(1, (m + 1) // 2))


def _kerdock(m: int, fixed: int = 0) -> Code:
    n = 2**m

    def values(index: int) -> NDArray[np.int64]:
        # Kerdock's alternating form of s in GF(2^(m-1)), on pairs (x, a):
        # Tr((s^2 x + s Tr(s x)) y) + a Tr(s y) + b Tr(s x).
        field = _field(m - 1)
        units = 2 ** np.arange(m - 1)
        traces = field.trace[field.times(index, units)]
        square = field.times(field.times(index, index), units)
        images = square ^ np.where(traces, index, 0)
        form = np.zeros((m, m), dtype=int)
        form[:-1, :-1] = field.trace[field.times(images[:, None], units)]
        form[:-1, -1] = form[-1, :-1] = traces
        bits = np.arange(n)[:, None] >> np.arange(m) & 1
        return ((bits @ np.triu(form, 1)) * bits).sum(axis=1) % 2

    return _binary(f"Kerdock({n})", m, fixed, n // 2, math.sqrt(n), values)


def _quadratic(m: int, d: int, fixed: int = 0) -> Code:
    # x -> sum_i Tr(b_i x^(2^i + 1)), d <= i < m / 2, b_i in GF(2^m), and for even m
    # also i = m / 2 with b in GF(2^(m/2)), where it is the trace of that field. The
    # radical is the kernel of a linearised polynomial of degree 2^(m - 2 d) at most.
    n, half = 2**m, m // 2 if m % 2 == 0 else 0
    powers = range(d, (m + 1) // 2)
    forms = 2 ** (m * len(powers) + half)

    def values(index: int) -> NDArray[np.int64]:
        field = _field(m)
        x = np.arange(n)
        values = np.zeros(n, dtype=int)
        for i in powers:
            index, b = divmod(index, n)
            values ^= field.trace[field.times(b, field.power(x, 2**i + 1))]
        if half:
            values ^= field.half_trace(index, field.power(x, 2**half + 1))
        return values

    name = f"quadratic forms({n}, rank {2 * d})"
    return _binary(name, m, fixed, forms, n * 2.0**-d, values)


def _binary(
    name: str,
    m: int,
    fixed: int,
    forms: int,
    largest: float,
    values: Callable[[int], NDArray[np.int64]],
) -> Code:
    """The signs of all quadratic functions whose form is among the given ones.

    Args:
        fixed: at so many places the functions are 0, at most m + 1 of them: 0 and the
            first unit vectors, where the affine functions take all values.
        forms: how many.
        largest: inner product of two functions, as vectors of +-1.
        values: `index -> (2^m,)`, a function with that form, 0 at 0.
    """
    n = 2**m

    def blocks() -> Iterator[Array]:
        if not fixed:
            yield np.eye(n)
        for index in range(forms):
            yield _signed(values(index), fixed)

    if not fixed:
        return Code(name, n, 2 * n * (forms + 1), largest / n, blocks, antipodal=True)
    size = forms * 2 ** (m + 1 - fixed)
    cosine = (largest - fixed) / (n - fixed)
    return Code(f"{name}, {fixed} fixed", n - fixed, size, cosine, blocks)


def _signed(values: NDArray[np.int64], fixed: int) -> Array:
    """(-1)^(values + l) for the linear functions l with values + l = 0 at the places.

    Those are 0, where it always is, and the first fixed - 1 powers of 2.
    """
    n = len(values)
    signs = 1 - 2 * values
    if fixed < 2:
        return _hadamard(n)[:, fixed:] * (signs[fixed:] / math.sqrt(n - fixed))
    places = 2 ** np.arange(fixed - 1)
    rows = _hadamard(n)[values[places] @ places :: 2 ** (fixed - 1)]
    kept = np.delete(np.arange(n), [0, *places])
    return rows[:, kept] * (signs[kept] / math.sqrt(n - fixed))


@functools.lru_cache(maxsize=1)
def _hadamard(n: int) -> NDArray[np.int8]:
    """Sylvester's matrix: row a is (-1)^(the linear function with coefficients a)."""
    matrix = np.ones((1, 1), dtype=np.int8)
    while len(matrix) < n:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix


@functools.cache
def _field(m: int) -> "Field":
    return Field(m)


class Field:
    """GF(2^m): elements are bit patterns 0..2^m - 1, addition is exclusive or."""

    def __init__(self, m: int) -> None:
        self.m, self.order = m, 2**m - 1
        self.exp = _powers_of_a_generator(m)
        self.log = np.zeros(2**m, dtype=int)
        self.log[self.exp] = np.arange(self.order)
        x = np.arange(2**m)
        self.trace = self._sum_of_squares(x, m)

    def times(self, a: object, b: object) -> NDArray[np.int64]:
        a, b = np.asarray(a), np.asarray(b)
        product = self.exp[(self.log[a] + self.log[b]) % self.order]
        return np.where((a == 0) | (b == 0), 0, product)

    def power(self, x: NDArray[np.int64], exponent: int) -> NDArray[np.int64]:
        return np.where(x == 0, 0, self.exp[self.log[x] * exponent % self.order])

    def half_trace(self, index: int, y: NDArray[np.int64]) -> NDArray[np.int64]:
        """Tr(b y) of GF(2^(m/2)), b its element number `index`, y in that field."""
        step = 2 ** (self.m // 2) + 1
        b = 0 if index == 0 else self.exp[(index - 1) * step % self.order]
        return self._sum_of_squares(self.times(b, y), self.m // 2)

    def _sum_of_squares(self, x: NDArray[np.int64], terms: int) -> NDArray[np.int64]:
        total = np.zeros_like(x)
        for _ in range(terms):
            total, x = total ^ x, self.power(x, 2)
        return total


def _powers_of_a_generator(m: int) -> NDArray[np.int64]:
    """1, g, g^2 ... for g = x modulo the first primitive polynomial of degree m."""
    for polynomial in itertools.count(2**m + 1, 2):
        powers: list[int] = []
        following = 1
        while not powers or following != 1:
            powers.append(following)
            following <<= 1
            following ^= polynomial * (following >> m)
        if len(powers) == 2**m - 1:
            break
    return np.array(powers)
