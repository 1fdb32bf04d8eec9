"""Verification: whether two images show the same class, by the cosine of features."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import binomtest

from keras_pod.analysis.inputs import labels_of, unit_rows
from keras_pod.core.errors import InputError

FALSE_ACCEPT_RATES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)


class Operating(NamedTuple):
    """The rates of verification at one threshold.

    Attributes:
        far: the false accept rate asked for.
        threshold: pairs with this similarity or more are taken for the same class;
            the lowest for which no more than `far` of the different pairs are.
        tar: true accept rate, the share of same pairs that are accepted.
        low, high: its 95 % confidence interval (Wilson), as if pairs were independent.
        resolved: whether there are pairs enough, 1 / far, for that rate to say
            anything.
    """

    far: float
    threshold: float
    tar: float
    low: float
    high: float
    resolved: bool


class Verification(NamedTuple):
    """The quality of similarities that tell pairs of one class from pairs of two.

    Attributes:
        operating: for each false accept rate.
        eer: equal error rate, the mean of both error rates where they differ least.
        eer_threshold: the threshold there.
        auc: how often a same pair is more similar than a different one, ties
            counting half.
        same, different: how many pairs.
    """

    operating: tuple[Operating, ...]
    eer: float
    eer_threshold: float
    auc: float
    same: int
    different: int


def verify(
    similarities: Any, same: Any, rates: Sequence[float] = FALSE_ACCEPT_RATES
) -> Verification:
    """TAR at FAR, equal error rate and area under the curve of pairs.

    Args:
        similarities: of each pair (P,), larger for more alike.
        same: whether each is of one class, bool (P,).
        rates: false accept rates, each in (0, 1].

    Raises:
        InputError: no pair of one of the two kinds, similarities that are not
            finite, or a rate out of its range.

    Example:

    >>> from keras_pod.evaluation import verify
    >>> found = verify([0.9, 0.8, 0.3, 0.2], [True, True, False, False])
    >>> found.eer, found.auc, found.operating[0].tar
    (0.0, 1.0, 1.0)
    """
    s, is_same = np.asarray(similarities), np.asarray(same)
    s = s if s.dtype.kind == "f" else s.astype("float64")
    if s.ndim != 1 or is_same.shape != s.shape or is_same.dtype != bool:
        raise InputError(
            f"`similarities` {s.shape} and `same` {is_same.shape} of {is_same.dtype} "
            "must be one number and one boolean for each pair."
        )
    if not np.all(np.isfinite(s)):
        place = int(np.flatnonzero(~np.isfinite(s))[0])
        raise InputError(f"`similarities` must be finite, got {s[place]} at {place}.")
    return _verify(np.sort(s[is_same]), np.sort(s[~is_same]), rates)


def verify_gallery(
    probes: Any,
    probe_labels: Any,
    gallery: Any = None,
    gallery_labels: Any = None,
    rates: Sequence[float] = FALSE_ACCEPT_RATES,
    block: int = 1024,
) -> Verification:
    """`verify` over every pair of a probe and a gallery image, by cosine.

    Args:
        probes: features (P, n).
        probe_labels: integers (P,).
        gallery: features (G, n); None for every two of the probes, once.
        gallery_labels: integers (G,), with a gallery.
        rates: false accept rates.
        block: probes compared at once; the cosines of all pairs are kept, as float64
            if all features are, else as float32.

    Raises:
        InputError: as `verify`; features or labels that do not go together.

    Example:

    >>> from keras_pod.evaluation import verify_gallery
    >>> x = [[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]]
    >>> found = verify_gallery(x, [0, 0, 1])
    >>> found.same, found.different, found.auc
    (1, 2, 1.0)
    """
    if (gallery is None) != (gallery_labels is None):
        raise InputError("`gallery` and `gallery_labels` go together: both or none.")
    if gallery is None:
        (a,) = unit_rows(probes=probes)
        y = labels_of(probe_labels, len(a))
        return _verify(*_cosines_of_pairs(a, y, a, y, block, itself=True), rates)
    a, b = unit_rows(probes=probes, gallery=gallery)
    y = labels_of(probe_labels, len(a))
    z = labels_of(gallery_labels, len(b))
    return _verify(*_cosines_of_pairs(a, y, b, z, block), rates)


def _cosines_of_pairs(
    a: np.ndarray,
    y: np.ndarray,
    b: np.ndarray,
    z: np.ndarray,
    block: int,
    itself: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Cosines of the same and of the different pairs, each in rising order."""
    classes = max(y.max(), z.max()) + 1
    together = np.bincount(y, minlength=classes) * np.bincount(z, minlength=classes)
    same, pairs = int(together.sum()), len(a) * len(b)
    if itself:
        same, pairs = (same - len(a)) // 2, (pairs - len(a)) // 2
    # Filled in place: there may be 10^8 pairs, and copies would double the memory.
    found = np.empty(same, a.dtype), np.empty(pairs - same, a.dtype)
    ends = [0, 0]
    for start in range(0, len(a), block):
        stop = start + block
        first = start if itself else 0
        cosines = a[start:stop] @ b[first:].T
        is_same = y[start:stop, None] == z[first:]
        masks = [is_same, ~is_same]
        if itself:
            later = np.triu(np.ones(cosines.shape, bool), k=1)
            masks = [mask & later for mask in masks]
        for i, mask in enumerate(masks):
            part = cosines[mask]
            found[i][ends[i] : ends[i] + len(part)] = part
            ends[i] += len(part)
    for cosines in found:
        cosines.sort()
    return found


def _verify(
    genuine: np.ndarray, impostor: np.ndarray, rates: Sequence[float]
) -> Verification:
    """From similarities in rising order."""
    for name, found in (("same", genuine), ("different", impostor)):
        if not len(found):
            raise InputError(f"there is no {name} pair; verification needs both kinds.")
    bad = [rate for rate in rates if not 0 < rate <= 1]
    if bad:
        raise InputError(f"`rates` must be in (0, 1], got {bad[0]}.")
    eer, threshold = _equal_error(genuine, impostor)
    return Verification(
        tuple(_operating(genuine, impostor, rate) for rate in rates),
        eer,
        threshold,
        _area(genuine, impostor),
        len(genuine),
        len(impostor),
    )


def _operating(genuine: np.ndarray, impostor: np.ndarray, far: float) -> Operating:
    count = len(impostor)
    # So many different pairs may be accepted; a product such as 0.07 * 100 falls
    # short of the whole number that it means.
    allowed = int(np.floor(far * count * (1 + 1e-12)))
    if allowed >= count:
        threshold = min(genuine[0], impostor[0])
    else:
        # It is just above the most similar pair that must be refused, and its ties.
        refused = impostor[count - 1 - allowed]
        # Infinity of the same type: NumPy 1 would make a float64 of a float32.
        threshold = np.nextafter(refused, refused.dtype.type(np.inf))
    accepted = len(genuine) - _below(genuine, threshold)
    between = binomtest(accepted, len(genuine)).proportion_ci(0.95, method="wilson")
    return Operating(
        far,
        float(threshold),
        accepted / len(genuine),
        float(between.low),
        float(between.high),
        bool(far * count >= 1),
    )


def _equal_error(genuine: np.ndarray, impostor: np.ndarray) -> tuple[float, float]:
    """By bisection: the one error rate rises with the threshold, the other falls."""

    def rates(threshold: float) -> tuple[float, float]:
        refused = _below(genuine, threshold) / len(genuine)
        return refused, 1 - _below(impostor, threshold) / len(impostor)

    low = min(genuine[0], impostor[0])
    high = np.nextafter(max(genuine[-1], impostor[-1]), genuine.dtype.type(np.inf))
    # Until no number lies between them.
    while low < (middle := low / 2 + high / 2) < high:
        refused, accepted = rates(middle)
        if refused >= accepted:
            high = middle
        else:
            low = middle
    best = min(low, high, key=lambda t: abs(rates(t)[0] - rates(t)[1]))
    # Only similarities that occur change a rate: the next one says the same.
    places = [(part, _below(part, best)) for part in (genuine, impostor)]
    at = min((part[i] for part, i in places if i < len(part)), default=best)
    return sum(rates(best)) / 2, float(at)


def _below(rising: np.ndarray, threshold: float) -> int:
    """Count the numbers less than the threshold."""
    # The array's own type is kept: NumPy would make a float64 copy of all of it.
    return int(np.searchsorted(rising, rising.dtype.type(threshold), side="left"))


def _area(genuine: np.ndarray, impostor: np.ndarray) -> float:
    below = np.searchsorted(impostor, genuine, side="left").astype("float64")
    tied = np.searchsorted(impostor, genuine, side="right") - below
    return float((below + tied / 2).sum() / (len(genuine) * len(impostor)))
