"""One line on how even the centroids of a run are."""

import math

import numpy as np

from keras_pod.centroids import max_cosine, max_cosine_bound
from keras_pod.layers import PEDCC

# With more centroids than this, so many of them are compared with all the others.
_MOST = 10_000
_SAMPLE = 500


def centroid_line(head: PEDCC) -> str:
    """The size, the smallest angle, the bound on it and the gap between them.

    Args:
        head: a built head. Its reserved centroids count.

    >>> head = PEDCC(10)
    >>> head.build((None, 128))
    >>> centroid_line(head)
    'centroids: 10 x 128, smallest angle 96.38 degrees, bound 96.38, gap 0.00'
    """
    rows = head.all_centroids()
    k, n = rows.shape
    size, seen = f"{k} x {n}", ""
    if head.reserved:
        size += f" ({head.reserved} reserved)"
    if k > _MOST:
        cosine = _sampled(rows)
        seen = f" (of {_SAMPLE} to all)"
    else:
        cosine = max_cosine(rows)
    angle, bound = degrees(cosine), degrees(max_cosine_bound(k, n))
    gap = max(bound - angle, 0.0)
    return (
        f"centroids: {size}, smallest angle{seen} {angle:.2f} degrees, "
        f"bound {bound:.2f}, gap {gap:.2f}"
    )


def _sampled(rows: np.ndarray) -> float:
    chosen = np.random.default_rng(0).choice(len(rows), _SAMPLE, replace=False)
    cosines = rows[chosen] @ rows.T
    cosines[np.arange(_SAMPLE), chosen] = -1.0
    return float(cosines.max())


def degrees(cosine: float) -> float:
    """The angle of a cosine, which rounding may have made larger than 1.

    >>> round(degrees(0.5), 6), degrees(1 + 1e-9)
    (60.0, 0.0)
    """
    return math.degrees(math.acos(min(max(cosine, -1.0), 1.0)))
