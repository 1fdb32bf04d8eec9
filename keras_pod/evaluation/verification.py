"""Verification: whether two images show the same class, by the cosine of features."""

import bisect
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import binomtest

from keras_pod.analysis.inputs import with_gallery
from keras_pod.core.errors import InputError

FALSE_ACCEPT_RATES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)

# Probes that are compared at once.
_BLOCK = 1024


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
    return _verify(s[is_same], s[~is_same], rates)


def verify_gallery(
    probes: Any,
    probe_labels: Any,
    gallery: Any = None,
    gallery_labels: Any = None,
    rates: Sequence[float] = FALSE_ACCEPT_RATES,
) -> Verification:
    """`verify` over every pair of a probe and a gallery image, by cosine.

    The cosines of all pairs are held, as float64 if all features are, else as float32.

    Args:
        probes: features (P, n).
        probe_labels: integers (P,).
        gallery: features (G, n); None for every two of the probes, once.
        gallery_labels: integers (G,), with a gallery.
        rates: false accept rates.

    Raises:
        InputError: as `verify`; features or labels that do not go together.

    >>> x = [[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]]
    >>> found = keras_pod.evaluation.verify_gallery(x, [0, 0, 1])
    >>> found.same, found.different, found.auc
    (1, 2, 1.0)
    """
    a, y, b, z = with_gallery("probes", probes, probe_labels, gallery, gallery_labels)
    same, different = [], []
    for start in range(0, len(a), _BLOCK):
        # Of one set only the pairs above the diagonal, each of them once.
        first = 0 if gallery is not None else start
        cosines = a[start : start + _BLOCK] @ b[first:].T
        is_same = y[start : start + _BLOCK, None] == z[first:]
        pairs = np.ones(cosines.shape, bool)
        if gallery is None:
            pairs = np.triu(pairs, k=1)
        same.append(cosines[is_same & pairs])
        different.append(cosines[~is_same & pairs])
    return _verify(np.concatenate(same), np.concatenate(different), rates)


def _verify(
    genuine: np.ndarray, impostor: np.ndarray, rates: Sequence[float]
) -> Verification:
    for name, found in (("same", genuine), ("different", impostor)):
        if not len(found):
            raise InputError(f"there is no {name} pair; verification needs both kinds.")
        # In place: there may be 10^8 of them.
        found.sort()
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
    """The mean of both error rates where they differ least, and the threshold."""

    def rates(threshold: float) -> tuple[float, float]:
        refused = _below(genuine, threshold) / len(genuine)
        return refused, 1 - _below(impostor, threshold) / len(impostor)

    def crossed(threshold: float) -> bool:
        refused, accepted = rates(threshold)
        return refused >= accepted

    # The one rate rises with the threshold, the other falls, and both change only at
    # similarities that occur: the best one is next to where they cross.
    near: list[float] = []
    for rising in (genuine, impostor):
        place = bisect.bisect_left(rising, True, key=crossed)
        near.extend(rising[max(place - 1, 0) : place + 1])
    best = min(sorted(near), key=lambda t: abs(np.subtract(*rates(t))))
    return sum(rates(best)) / 2, float(best)


def _below(rising: np.ndarray, threshold: float) -> int:
    """Count the numbers less than the threshold."""
    # The array's own type is kept: NumPy would make a float64 copy of all of it.
    return int(np.searchsorted(rising, rising.dtype.type(threshold), side="left"))


def _area(genuine: np.ndarray, impostor: np.ndarray) -> float:
    below = np.searchsorted(impostor, genuine, side="left").astype("float64")
    tied = np.searchsorted(impostor, genuine, side="right") - below
    return float((below + tied / 2).sum() / (len(genuine) * len(impostor)))
