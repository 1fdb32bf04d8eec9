"""What the norms of features say: POD's Table I and claims C4, C5, C13."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import rankdata

from keras_pod.analysis.inputs import matrix
from keras_pod.core.errors import InputError


class AccuracyByNorm(NamedTuple):
    """Accuracy of the samples with small and with large features.

    Attributes:
        low, high: accuracy below the threshold, and from it on; NaN without samples.
        low_count, high_count: how many samples that is.
        threshold: the norm between them.
        spearman: rank correlation of norm and correctness; NaN if one is constant.
        auc: how often a correct sample has a larger norm than a wrong one, ties
            counting half; NaN without both.
    """

    low: float
    high: float
    low_count: int
    high_count: int
    threshold: float
    spearman: float
    auc: float


def accuracy_by_norm(
    features: Any, correct: Any, threshold: float | str = "mean"
) -> AccuracyByNorm:
    """Whether samples with large features are classified better (C4).

    Args:
        features: (N, n).
        correct: whether each sample is classified rightly, bool (N,).
        threshold: "mean" or "median" of the norms, or a norm, such as the mean of
            the training images.

    Raises:
        InputError: arrays that do not go together, or an unknown threshold.

    Example:

    >>> from keras_pod.analysis import accuracy_by_norm
    >>> found = accuracy_by_norm([[1], [2], [3], [4]], [False, True, True, True])
    >>> found.low, found.high, found.auc
    (0.5, 1.0, 1.0)
    """
    lengths = np.linalg.norm(matrix("features", features), axis=1)
    right = np.asarray(correct)
    if right.shape != lengths.shape or right.dtype != bool:
        raise InputError(
            f"`correct` must be {len(lengths)} booleans, got shape {right.shape} of "
            f"{right.dtype}."
        )
    between = _threshold(lengths, threshold)
    low = lengths < between
    return AccuracyByNorm(
        low=_mean(right[low]),
        high=_mean(right[~low]),
        low_count=int(low.sum()),
        high_count=int((~low).sum()),
        threshold=between,
        spearman=_spearman(lengths, right),
        auc=_auc(lengths, right),
    )


def _threshold(lengths: np.ndarray, threshold: float | str) -> float:
    if threshold == "mean":
        return float(lengths.mean())
    if threshold == "median":
        return float(np.median(lengths))
    if isinstance(threshold, str) or not threshold >= 0:
        raise InputError(
            f"`threshold` must be 'mean', 'median' or a norm >= 0, got {threshold!r}."
        )
    return float(threshold)


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _spearman(lengths: np.ndarray, right: np.ndarray) -> float:
    if right.all() or not right.any() or np.all(lengths == lengths[0]):
        return float("nan")
    return float(np.corrcoef(rankdata(lengths), rankdata(right))[0, 1])


def _auc(lengths: np.ndarray, right: np.ndarray) -> float:
    good, bad = int(right.sum()), int((~right).sum())
    if not good or not bad:
        return float("nan")
    above = rankdata(lengths)[right].sum() - good * (good + 1) / 2
    return float(above / (good * bad))


class NormStatistics(NamedTuple):
    """How the norms of features are distributed.

    Attributes:
        mean, sd: mean and standard deviation.
        variation: sd / mean.
        quartiles: mean norm of each quarter of the samples, by norm (4,).
    """

    mean: float
    sd: float
    variation: float
    quartiles: tuple[float, ...]


def norm_statistics(features: Any) -> NormStatistics:
    """The distribution of feature norms, to compare two models by (C5).

    Args:
        features: (N, n).

    Raises:
        InputError: features that are not finite (N, n).

    Example:

    >>> from keras_pod.analysis import norm_statistics
    >>> norm_statistics([[1.0], [2.0], [3.0], [4.0]]).quartiles
    (1.0, 2.0, 3.0, 4.0)
    """
    lengths = np.sort(np.linalg.norm(matrix("features", features), axis=1))
    mean, sd = float(lengths.mean()), float(lengths.std())
    return NormStatistics(
        mean,
        sd,
        sd / mean if mean else float("nan"),
        tuple(_mean(quarter) for quarter in np.array_split(lengths, 4)),
    )


def delta_over_norm(
    delta: Sequence[float], mean_norm: Sequence[float], first_norm: float = 0.05
) -> np.ndarray:
    """delta of each epoch over the mean norm that it was made from (C13).

    With the paper's `delta_e = alpha e M_{e-1}` this is `alpha e`, e = 1, 2, ...

    Args:
        delta: of each epoch (E,), from history.csv.
        mean_norm: M after each epoch (E,).
        first_norm: M before the first epoch, 0.05 in the paper.

    Raises:
        InputError: series of different lengths.

    Example:

    >>> from keras_pod.analysis import delta_over_norm
    >>> print(delta_over_norm([0.0005, 0.06], [3.0, 4.0]).round(3))
    [0.01 0.02]
    """
    delta, after = np.asarray(delta, float), np.asarray(mean_norm, float)
    if delta.shape != after.shape or delta.ndim != 1:
        raise InputError(
            f"`delta` {delta.shape} and `mean_norm` {after.shape} must have an entry "
            "for each epoch."
        )
    return delta / np.concatenate([[first_norm], after[:-1]])
