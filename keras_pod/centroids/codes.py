"""Spherical codes from algebra: many vectors, few bits of choice, a proven angle.

Each is a union of orthonormal bases of R^n: one fixed basis times a diagonal of signs
or phases, another for every class of functions, and the negatives. Two vectors of
different bases have a cosine of at most what the functions guarantee:

- n = 4, 16, 64, 256 ...: Kerdock (1972), n (n + 2) vectors, cosines <= 1 / sqrt(n).
- n = 2^m: quadratic forms over GF(2) whose differences have rank >= 2 d (Delsarte &
  Goethals 1975; for odd m and largest d those of Gold 1968), cosines <= 2^-d.
- n = 2 p, p an odd prime: polynomials of degree D over GF(p) as phases in C^p, 4 p
  (p^(D-1) + 1) vectors, cosines <= (D - 1) / sqrt(p) (Weil 1948; for D = 2 the
  mutually unbiased bases of Ivanovic 1981).
"""

import dataclasses
import functools
import itertools
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# 2^m coordinates at most: beyond, the tables of a field are larger than the codes.
_LARGEST_M = 13


@dataclasses.dataclass(frozen=True)
class Code:
    """A family member.

    Args:
        name: what it is.
        dim: number of coordinates.
        size: number of vectors, those of the coordinate basis among them.
        cosine: no two vectors have a larger one.
        basis: `index -> (dim, dim)`, an orthonormal basis per row; 0 <= index <
            size / (2 dim) - 1.
    """

    name: str
    dim: int
    size: int
    cosine: float
    basis: Callable[[int], Array]

    def fill(self, rows: NDArray, frame: Array) -> None:
        """Writes the first len(rows) vectors, in the coordinates of a frame.

        v and -v are neighbours, so an even number of vectors sums to 0.

        Args:
            rows: (k, n), any float dtype, k at most `size`.
            frame: orthonormal rows (dim, n).
        """
        block = 2 * self.dim
        for start in range(0, len(rows), block):
            index = start // block - 1
            vectors = frame if index < 0 else self.basis(index) @ frame
            part = rows[start : start + block]
            part[0::2] = vectors[: len(part[0::2])]
            part[1::2] = -vectors[: len(part[1::2])]


def best_code(num_points: int, dim: int) -> Code | None:
    """The code with the smallest cosine that has so many vectors in at most R^dim."""
    codes = [c for c in _codes(num_points, dim) if c.size >= num_points]
    return min(codes, key=lambda code: (code.cosine, code.dim), default=None)


def _codes(num_points: int, dim: int) -> list[Code]:
    found = []
    for m in range(2, min(dim.bit_length() - 1, _LARGEST_M) + 1):
        if m % 2 == 0:
            found.append(_kerdock(m))
        found += [_quadratic(m, d) for d in range(1, (m + 1) // 2)]
    p = next((p for p in range(dim // 2, 2, -1) if _is_prime(p)), None)
    if p:
        degrees = range(2, min(p - 1, math.isqrt(p) + 1) + 1)
        found += [_polynomial(p, D) for D in degrees if D - 1 < math.sqrt(p)]
    return found


def _kerdock(m: int) -> Code:
    n = 2**m

    def basis(index: int) -> Array:
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
        values = ((bits @ np.triu(form, 1)) * bits).sum(axis=1) % 2
        return _signed(values)

    return Code(f"Kerdock({n})", n, n * (n + 2), 1 / math.sqrt(n), basis)


def _quadratic(m: int, d: int) -> Code:
    # x -> sum_i Tr(b_i x^(2^i + 1)), d <= i < m / 2, b_i in GF(2^m), and for even m
    # also i = m / 2 with b in GF(2^(m/2)), where it is the trace of that field. The
    # radical is the kernel of a linearised polynomial of degree 2^(m - 2 d) at most.
    n, half = 2**m, m // 2 if m % 2 == 0 else 0
    powers = range(d, (m + 1) // 2)
    forms = 2 ** (m * len(powers) + half)

    def basis(index: int) -> Array:
        field = _field(m)
        x = np.arange(n)
        values = np.zeros(n, dtype=int)
        for i in powers:
            index, b = divmod(index, n)
            values ^= field.trace[field.times(b, field.power(x, 2**i + 1))]
        if half:
            values ^= field.half_trace(index, field.power(x, 2**half + 1))
        return _signed(values)

    name = f"quadratic forms({n}, rank {2 * d})"
    return Code(name, n, 2 * n * (forms + 1), 2.0**-d, basis)


def _polynomial(p: int, degree: int) -> Code:
    x = np.arange(p)

    def basis(index: int) -> Array:
        values = np.zeros(p, dtype=np.int64)
        for j in range(2, degree + 1):
            index, a = divmod(index, p)
            values = (values + a * _power_mod(x, j, p)) % p
        angles = 2 * np.pi / p * ((np.outer(x, x) + values) % p)
        real, imaginary = np.cos(angles), np.sin(angles)
        rows = np.concatenate([real, imaginary], axis=1)
        turned = np.concatenate([-imaginary, real], axis=1)  # times i
        return np.concatenate([rows, turned]) / math.sqrt(p)

    size = 4 * p * (p ** (degree - 1) + 1)
    name = f"polynomials({2 * p}, degree {degree})"
    return Code(name, 2 * p, size, (degree - 1) / math.sqrt(p), basis)


def _signed(values: NDArray[np.int64]) -> Array:
    """Hadamard's matrix with the sign (-1)^values on each column, over sqrt(n)."""
    hadamard = np.ones((1, 1))
    while len(hadamard) < len(values):
        hadamard = np.block([[hadamard, hadamard], [hadamard, -hadamard]])
    return hadamard * ((1 - 2 * values) / math.sqrt(len(values)))


def _power_mod(x: NDArray[np.int64], exponent: int, p: int) -> NDArray[np.int64]:
    result = np.ones_like(x)
    for _ in range(exponent):
        result = result * x % p
    return result


def _is_prime(p: int) -> bool:
    return p > 1 and all(p % q for q in range(2, math.isqrt(p) + 1))


@functools.cache
def _field(m: int) -> "_Field":
    return _Field(m)


class _Field:
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
        powers, following = [], 1
        while not powers or following != 1:
            powers.append(following)
            following <<= 1
            following ^= polynomial * (following >> m)
        if len(powers) == 2**m - 1:
            break
    return np.array(powers)
