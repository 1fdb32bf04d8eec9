"""The norms of features: POD's Table I and claims C4 and C5."""

import math
from typing import Any, NamedTuple

import numpy as np

from keras_pod.analysis.inputs import matrix, mean
from keras_pod.core.errors import InputError


class AccuracyByNorm(NamedTuple):
    """Accuracy of the samples with small and with large features.

    Attributes:
        low, high: accuracy below the mean norm, and from it on; NaN without samples.
        low_count, high_count: how many samples that is.
        threshold: the mean norm.
    """

    low: float
    high: float
    low_count: int
    high_count: int
    threshold: float


def accuracy_by_norm(features: Any, correct: Any) -> AccuracyByNorm:
    """Compare the accuracy of samples with small and large features (C4).

    Args:
        features: (N, n).
        correct: whether each sample is classified rightly, bool (N,).

    Raises:
        InputError: arrays that do not go together.

    >>> from keras_pod.analysis import accuracy_by_norm
    >>> found = accuracy_by_norm([[1], [2], [3], [4]], [False, True, True, True])
    >>> found.low, found.high, found.threshold
    (0.5, 1.0, 2.5)
    """
    lengths = np.linalg.norm(matrix("features", features), axis=1)
    right = np.asarray(correct)
    if right.shape != lengths.shape or right.dtype != bool:
        raise InputError(
            f"`correct` must be {len(lengths)} booleans, got shape {right.shape} of "
            f"{right.dtype}."
        )
    threshold = float(lengths.mean())
    low = lengths < threshold
    return AccuracyByNorm(
        low=mean(right[low]),
        high=mean(right[~low]),
        low_count=int(low.sum()),
        high_count=int((~low).sum()),
        threshold=threshold,
    )


class NormStatistics(NamedTuple):
    """The distribution of the norms of features.

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

    >>> keras_pod.analysis.norm_statistics([[1.0], [2.0], [3.0], [4.0]]).quartiles
    (1.0, 2.0, 3.0, 4.0)
    """
    lengths = np.sort(np.linalg.norm(matrix("features", features), axis=1))
    middle, sd = float(lengths.mean()), float(lengths.std())
    quartiles = tuple(mean(quarter) for quarter in np.array_split(lengths, 4))
    return NormStatistics(middle, sd, sd / middle if middle else math.nan, quartiles)
