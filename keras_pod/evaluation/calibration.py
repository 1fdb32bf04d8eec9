"""Probabilities from scores: a temperature fitted on held-out data, and its quality."""

from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import log_softmax, softmax
from scipy.stats import chi2

from keras_pod.analysis.inputs import labels_of, matrix
from keras_pod.core.errors import InputError


class Temperature(NamedTuple):
    """Turns scores into probabilities `softmax(z / temperature)`.

    Attributes:
        temperature: > 0; it never changes the class of the largest score.
    """

    temperature: float

    def probabilities(self, scores: Any) -> np.ndarray:
        """Probabilities (N, k) of scores (N, k)."""
        return softmax(matrix("scores", scores) / self.temperature, axis=1)


def fit_temperature(scores: Any, labels: Any, significance: float = 1.0) -> Temperature:
    """The temperature with the smallest cross-entropy (Guo et al. 2017).

    Where all of the N images end up right, it has no minimum and falls for ever with
    the temperature. Then the temperature is that of a mean confidence of
    (N + 1) / (N + 2), by Laplace's rule of succession.

    Args:
        scores: of held-out images (N, k): cosines, logits, anything larger for the
            likelier class.
        labels: integers (N,).
        significance: temperature 1, scores as they are, is kept unless a
            likelihood-ratio test refuses it at this level, in (0, 1]; 1 never keeps
            it. Scores that a softmax cross-entropy has trained are often
            probabilities already, and few images make them worse.

    Raises:
        InputError: arrays that do not go together, scores without any difference, or a
            significance out of its range.

    >>> z = [[2.0, 0.0], [2.0, 0.0], [2.0, 0.0], [0.0, 2.0]]
    >>> fitted = keras_pod.evaluation.fit_temperature(z, [0, 0, 1, 1])
    >>> print(fitted.probabilities(z)[0].round(3))
    [0.75 0.25]
    """
    if not 0 < significance <= 1:
        raise InputError(f"`significance` must be in (0, 1], got {significance}.")
    z = matrix("scores", scores)
    y = labels_of(labels, len(z), z.shape[1])
    # The unit is the scores' own spread, so that cosines and logits of any size start
    # alike.
    spread = (z.max(axis=1, keepdims=True) - z).mean()
    if not spread > 0:
        raise InputError("`scores` are the same for all classes; nothing to scale.")

    def scaled(log_factor: float) -> Temperature:
        return Temperature(float(spread * np.exp(log_factor)))

    def loss(log_factor: float) -> float:
        return -_log_likelihood(scaled(log_factor), z, y)

    options = {"xatol": 1e-9}
    found = minimize_scalar(loss, bounds=(-12, 12), method="bounded", options=options).x
    if np.all(z[np.arange(len(y)), y] == z.max(axis=1)):

        def excess(log_factor: float) -> float:
            p = scaled(log_factor).probabilities(z)
            return p.max(axis=1).mean() - (len(z) + 1) / (len(z) + 2)

        found = found if excess(found) <= 0 else brentq(excess, found, 60.0)
    fitted, plain = scaled(found), Temperature(1.0)
    gain = 2 * (_log_likelihood(fitted, z, y) - _log_likelihood(plain, z, y))
    return plain if chi2.sf(gain, 1) > significance else fitted


def _log_likelihood(fitted: Temperature, z: np.ndarray, y: np.ndarray) -> float:
    return log_softmax(z / fitted.temperature, axis=1)[np.arange(len(y)), y].sum()


def calibration_error(probabilities: Any, labels: Any, bins: int = 15) -> float:
    """Expected calibration error: mean |accuracy - confidence| over the bins.

    Args:
        probabilities: (N, k), rows that sum to 1.
        labels: integers (N,).
        bins: bins of equal width from 0 to 1.

    Raises:
        InputError: probabilities that are none, or bins < 1.

    >>> from keras_pod.evaluation import calibration_error
    >>> round(calibration_error([[0.8, 0.2], [0.8, 0.2]], [0, 1]), 3)
    0.3
    """
    p, y = _probabilities(probabilities, labels)
    if bins < 1:
        raise InputError(f"`bins` must be >= 1, got {bins}.")
    sure, right = p.max(axis=1), p.argmax(axis=1) == y
    place = np.clip(np.ceil(sure * bins).astype(int) - 1, 0, bins - 1)
    # The gap of a bin times its share of the samples.
    gaps = np.bincount(place, right - sure, bins) / len(y)
    return float(np.abs(gaps).sum())


def brier_score(probabilities: Any, labels: Any) -> float:
    """Mean squared distance of probabilities to the one-hot label, 0 to 2.

    Args:
        probabilities: (N, k), rows that sum to 1.
        labels: integers (N,).

    Raises:
        InputError: probabilities that are none.

    >>> round(keras_pod.evaluation.brier_score([[0.75, 0.25]], [0]), 4)
    0.125
    """
    p, y = _probabilities(probabilities, labels)
    return float(np.square(p - np.eye(p.shape[1])[y]).sum(axis=1).mean())


def _probabilities(probabilities: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    p = matrix("probabilities", probabilities)
    if p.min() < 0 or not np.allclose(p.sum(axis=1), 1, atol=1e-4):
        raise InputError("`probabilities` must be >= 0 and sum to 1 in each row.")
    return p, labels_of(labels, len(p), p.shape[1])
