"""One line on how even the centroids of a run are."""

import math

from keras_pod.centroids import max_cosine, max_cosine_bound
from keras_pod.layers import PEDCC

# Among more centroids, the angles of the first ones alone are measured.
_MOST = 10_000


def centroid_line(head: PEDCC) -> str:
    """The size, the smallest angle, the bound on it and the gap between them.

    The head is built. Its reserved centroids count.

    >>> head = PEDCC(10)
    >>> head.build((None, 128))
    >>> centroid_line(head)
    'centroids: 10 x 128, smallest angle 96.38 degrees, bound 96.38, gap 0.00'
    """
    rows = head.all_centroids()
    k, n = rows.shape
    reserved = f" ({head.reserved} reserved)" if head.reserved else ""
    first = f" of the first {_MOST}" if k > _MOST else ""
    angle = degrees(max_cosine(rows[:_MOST]))
    bound = degrees(max_cosine_bound(k, n))
    return (
        f"centroids: {k} x {n}{reserved}, smallest angle{first} {angle:.2f} "
        f"degrees, bound {bound:.2f}, gap {max(bound - angle, 0.0):.2f}"
    )


def degrees(cosine: float) -> float:
    """The angle of a cosine, which rounding may have made larger than 1."""
    return math.degrees(math.acos(min(max(cosine, -1.0), 1.0)))
