"""Spherical codes from strongly regular graphs: eigenvectors, one for each vertex.

Of such a graph with N vertices, valency k and a smallest eigenvalue s < -1 of
multiplicity n, the projections of the vertices on that eigenspace are N vectors in R^n,
with a cosine of s / k where two are adjacent and of (-1 - s) / (N - 1 - k) else
(Delsarte, Goethals & Seidel 1977, Spherical codes and designs).

- The points of an elliptic quadric in the projective space PG(5, q), adjacent where a
  line of the quadric joins them, are a generalised quadrangle: (q + 1) (q^3 + 1)
  vectors in q (q^2 - q + 1) dimensions, cosines <= 1 / q^2. No arrangement has smaller
  ones (Cameron, Goethals & Seidel 1978; Cohn & Kumar 2007, table 1).
- The graph of Hoffman & Singleton (1960): 50 vectors in R^21, cosines <= 1 / 21.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from keras_pod.centroids.closed_form import unit
from keras_pod.centroids.codes.fields import Array, Code, Field

# Those of 2 and 3 are in E8 and Leech's lattice, and larger ones take many seconds.
_ORDERS = (4, 5, 7)


def graph_codes() -> list[Code]:
    """The codes of this module, whatever their dimension."""

    def hoffman_singleton_blocks() -> Iterator[Array]:
        yield _eigenspace(hoffman_singleton(), 2, 21)

    code = Code("Hoffman-Singleton", 21, 50, 1 / 21, hoffman_singleton_blocks)
    return [code, *[_quadric_code(q) for q in _ORDERS]]


def _quadric_code(q: int) -> Code:
    dim, size = q * (q * q - q + 1), (q + 1) * (q**3 + 1)

    def blocks() -> Iterator[Array]:
        yield _eigenspace(elliptic_quadric(q), q - 1, dim)

    return Code(f"elliptic quadric({q})", dim, size, 1 / q**2, blocks)


def _eigenspace(adjacent: NDArray[np.bool_], other: int, dim: int) -> Array:
    """The projections of the vertices on the eigenspace of the smallest eigenvalue.

    Args:
        adjacent: (N, N).
        other: the eigenvalue that is neither that nor the valency.
        dim: of the eigenspace.
    """
    random = np.random.default_rng(0).standard_normal((len(adjacent), dim))
    random -= random.mean(axis=0)
    return unit(np.linalg.qr(adjacent.astype(float) @ random - other * random)[0])


def hoffman_singleton() -> NDArray[np.bool_]:
    """Five pentagons, five pentagrams; vertex j of pentagon h meets h i + j of i."""
    h, i, j = np.indices((5, 5, 5)).reshape(3, -1)
    adjacent = np.zeros((2, 5, 5, 2, 5, 5), dtype=bool)
    adjacent[0, h, j, 0, h, (j + 1) % 5] = True
    adjacent[1, h, j, 1, h, (j + 2) % 5] = True
    adjacent[0, h, j, 1, i, (h * i + j) % 5] = True
    adjacent = adjacent.reshape(50, 50)
    return adjacent | adjacent.T


def elliptic_quadric(q: int) -> NDArray[np.bool_]:
    """Which points of x0 x1 + x2 x3 + x4^2 + x4 x5 + c x5^2 = 0 are collinear, (N, N).

    c in GF(q) is such that x^2 + x + c has no root, and q a prime or a power of 2.
    """
    x = np.arange(q)
    if q % 2:
        total = (x[:, None] + x) % q
        product = x[:, None] * x % q
    else:
        total = x[:, None] ^ x
        product = Field(q.bit_length() - 1).times(x[:, None], x)
    form = _form_without_root(total, product)

    def value(u: NDArray[np.int64]) -> NDArray[np.int64]:
        hyperbolic = total[product[u[..., 0], u[..., 1]], product[u[..., 2], u[..., 3]]]
        return total[hyperbolic, form[u[..., 4], u[..., 5]]]

    vectors = np.indices((q,) * 6).reshape(6, -1).T
    leading = vectors[np.arange(q**6), (vectors != 0).argmax(axis=1)]
    points = vectors[(leading == 1) & (value(vectors) == 0)]
    # Of two points, the line is on the quadric if one more point of it is.
    adjacent = np.array([value(total[points, u]) == 0 for u in points])
    np.fill_diagonal(adjacent, False)
    return adjacent


def _form_without_root(
    total: NDArray[np.int64], product: NDArray[np.int64]
) -> NDArray[np.int64]:
    """x^2 + x y + c y^2 for all x, y of the field; it is 0 for x = y = 0 only."""
    square = np.diag(product)
    for c in range(len(square)):
        form = total[total[square[:, None], product], product[c, square]]
        if np.count_nonzero(form == 0) == 1:
            break
    return form
