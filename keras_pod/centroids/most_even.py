"""The most even arrangement for so many classes in so many dimensions."""

import math

import numpy as np
from numpy.typing import NDArray

from keras_pod.centroids.bounds import max_cosine_bound
from keras_pod.centroids.closed_form import (
    orthogonal_simplices,
    polygon,
    random_frame,
    simplex,
    sizes,
)
from keras_pod.centroids.codes.functions import Code, function_codes
from keras_pod.centroids.codes.lattices import lattice_codes
from keras_pod.centroids.repulsion.starts import is_feasible, repulsion, search

# How near the bound a code must be for no search to beat it, as far as was seen. From
# 8 n points up searches end 2 to 5 degrees below the bound. With fewer they end at a
# cosine that is 0.1 to 0.5 / sqrt(n) above the bound's, or at the code itself; some
# codes that are known to be optimal, for all of their points, are up to 0.154 above.
_MANY = 8
_NEAR_DEGREES = 2.5
_NEAR_COSINE = 0.1
_NEAR_COSINE_OF_ALL = 0.16


def pedcc(
    num_classes: int,
    dim: int,
    seed: int = 0,
    verbose: bool = False,
    dtype: str = "float64",
) -> NDArray[np.floating]:
    """The most even centroids this module can make for any k = `num_classes`.

    `simplex` for k <= n + 1 and `orthogonal_simplices` for k <= 2n, both optimal;
    the regular polygon for n = `dim` = 2, optimal (Zhu & Zu 2022, section 2.1, is
    exact for k <= n + 1 only). For more classes the better of `repulsion` and an
    algebraic code in n or fewer dimensions (sections of the shortest vectors of E8 and
    Leech's lattice, Kerdock's and other binary codes, unbiased bases). The code
    alone, which takes no search, where it is so near the bound that a search is no
    better (for k >= 8n within 2.5 degrees), or where a search is not feasible; random
    directions where there is no code either.

    Args:
        num_classes: k, at least 2.
        dim: n, at least 1; for n = 1 only k = 2 fits.
        seed: chooses the rotation, and the starts of `repulsion`.
        verbose: print the progress of `repulsion`.
        dtype: of the result. A code is written in it block by block: 100,000 classes
            in 512 dimensions need 205 MB in float32, and little more on the way.

    Raises ValueError for arguments outside these ranges.

    >>> from keras_pod.centroids import max_cosine
    >>> [round(max_cosine(pedcc(k, 2)), 3) for k in (3, 4, 5)]
    [-0.5, 0.0, 0.309]
    >>> round(max_cosine(pedcc(1024, 64)), 9)  # Kerdock's code, shortened: 6 / 62
    0.096774194
    >>> round(max_cosine(pedcc(240, 8)), 9)  # the roots of E8
    0.5
    """
    k, n, seed = sizes(num_classes, dim, seed)
    if k <= n + 1:
        return simplex(k, n, seed).astype(dtype, copy=False)
    if n == 2:
        return polygon(k, seed).astype(dtype, copy=False)
    if k <= 2 * n:
        return orthogonal_simplices(k, n, seed).astype(dtype, copy=False)
    code = best_code(k, n)
    if is_searched(k, n):
        found, cosine = search(k, n, seed, verbose)
        if code is None or cosine < code.cosine:
            return found.astype(dtype, copy=False)
    if code is None:
        return repulsion(k, n, seed).astype(dtype, copy=False)
    rows = np.empty((k, n), dtype)
    code.fill(rows, random_frame(code.dim, n, seed))
    return rows


def is_searched(num_classes: int, dim: int) -> bool:
    """Tell whether `pedcc` runs `repulsion`, which another machine may end elsewhere.

    >>> is_searched(100, 512), is_searched(100, 32), is_searched(1000, 64)
    (False, True, False)
    """
    k, n, _ = sizes(num_classes, dim, 0)
    if k <= 2 * n or n == 2 or not is_feasible(k, n):
        return False
    code = best_code(k, n)
    return code is None or not _near_the_bound(code, k, n)


def best_code(num_points: int, dim: int) -> Code | None:
    """The code with the smallest cosine that has so many vectors in at most R^dim."""
    codes = [*lattice_codes(), *function_codes(dim)]
    large = [c for c in codes if c.size >= num_points and c.dim <= dim]
    return min(large, key=lambda code: (code.cosine, code.dim), default=None)


def _near_the_bound(code: Code, k: int, n: int) -> bool:
    bound = max_cosine_bound(k, n)
    if k >= _MANY * n:
        difference = math.acos(bound) - math.acos(code.cosine)
        return math.degrees(difference) <= _NEAR_DEGREES
    is_all = (k, n) == (code.size, code.dim)
    limit = _NEAR_COSINE_OF_ALL if is_all else _NEAR_COSINE
    return (code.cosine - bound) * math.sqrt(n) <= limit
