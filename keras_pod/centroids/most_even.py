"""The most even arrangement for so many classes in so many dimensions."""

import math

import numpy as np
from numpy.typing import NDArray

from keras_pod.centroids import closed_form
from keras_pod.centroids.binary import Code, binary_codes
from keras_pod.centroids.bounds import max_cosine, max_cosine_bound
from keras_pod.centroids.repulsion import is_feasible, repulsion

# How near the bound a code must be for no search to beat it, as far as was seen. From
# 8 n points up searches end 2 to 5 degrees below the bound. With fewer they end at a
# cosine that is 0.1 to 0.5 / sqrt(n) above the bound's, or at the code itself.
_MANY = 8
_NEAR_DEGREES = 2.5
_NEAR_COSINE = 0.1


def pedcc(
    num_classes: int, dim: int, seed: int = 0, dtype: str = "float64"
) -> NDArray[np.floating]:
    """The most even centroids this module can make for any k = `num_classes`.

    `simplex` for k <= n + 1 and `orthogonal_simplices` for k <= 2n, both optimal;
    the regular polygon for n = `dim` = 2, optimal (Zhu & Zu 2022, section 2.1, is
    exact for k <= n + 1 only). For more classes the better of `repulsion` and an
    algebraic code in n or fewer dimensions (Kerdock's and other binary codes). The code
    alone, which takes no search, where it is so near the bound that a search is no
    better (for k >= 8n within 2.5 degrees), or where a search is not feasible; random
    directions where there is no code either.

    Args:
        num_classes: k, at least 2.
        dim: n, at least 1; for n = 1 only k = 2 fits.
        seed: chooses the rotation, and the starts of `repulsion`.
        dtype: of the result. A code is written in it block by block: 100,000 classes
            in 512 dimensions need 205 MB in float32, and little more on the way.

    Raises ValueError for arguments outside these ranges.

    >>> from keras_pod.centroids import max_cosine
    >>> [round(max_cosine(pedcc(k, 2)), 3) for k in (3, 4, 5)]
    [-0.5, 0.0, 0.309]
    >>> round(max_cosine(pedcc(1024, 64)), 9)  # Kerdock's code, shortened: 6 / 62
    0.096774194
    """
    k, n, seed = closed_form.sizes(num_classes, dim, seed)
    if k <= n + 1:
        points = closed_form.simplex(k, n, seed)
    elif n == 2:
        points = closed_form.polygon(k, seed)
    elif k <= 2 * n:
        points = closed_form.orthogonal_simplices(k, n, seed)
    else:
        return _code_or_search(k, n, seed, dtype)
    return points.astype(dtype, copy=False)


def _code_or_search(k: int, n: int, seed: int, dtype: str) -> NDArray[np.floating]:
    code = best_code(k, n)
    if code is None or _can_win(k, n, code):
        points = repulsion(k, n, seed)
        if code is None or max_cosine(points) < code.cosine:
            return points.astype(dtype, copy=False)
    rows = np.empty((k, n), dtype)
    code.fill(rows, closed_form.random_frame(code.dim, n, seed))
    return rows


def is_searched(num_classes: int, dim: int) -> bool:
    """Tell whether `pedcc` runs `repulsion`, which another machine may end elsewhere.

    >>> is_searched(100, 512), is_searched(100, 32), is_searched(1000, 64)
    (False, True, False)
    """
    k, n, _ = closed_form.sizes(num_classes, dim, 0)
    return k > 2 * n and n != 2 and _can_win(k, n, best_code(k, n))


def best_code(num_points: int, dim: int) -> Code | None:
    """The code with the smallest cosine that has so many vectors in at most R^dim."""
    large = [c for c in binary_codes(dim) if c.size >= num_points and c.dim <= dim]
    return min(large, key=lambda code: (code.cosine, code.dim), default=None)


def _can_win(k: int, n: int, code: Code | None) -> bool:
    """Tell whether a search is feasible, and the code not too near the bound for it."""
    if not is_feasible(k, n):
        return False
    if code is None:
        return True
    bound = max_cosine_bound(k, n)
    if k >= _MANY * n:
        difference = math.acos(bound) - math.acos(code.cosine)
        return math.degrees(difference) > _NEAR_DEGREES
    return (code.cosine - bound) * math.sqrt(n) > _NEAR_COSINE
