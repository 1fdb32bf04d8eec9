"""Probabilities from scores: a temperature fitted on held-out data, and its quality."""

from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import log_softmax, softmax
from scipy.stats import chi2

from keras_pod.analysis.inputs import labels_of, matrix
from keras_pod.core.errors import InputError


class Temperature(NamedTuple):
    """Turns scores into probabilities `softmax(z / temperature + bias)`.

    Attributes:
        temperature: > 0; it never changes the class of the largest score.
        bias: of each class (k,), or None.
    """

    temperature: float
    bias: np.ndarray | None = None

    def probabilities(self, scores: Any) -> np.ndarray:
        """Probabilities (N, k) of scores (N, k)."""
        return softmax(_scaled(self, matrix("scores", scores)), axis=1)


def _scaled(fitted: Temperature, z: np.ndarray) -> np.ndarray:
    z = z / fitted.temperature
    return z if fitted.bias is None else z + fitted.bias


def fit_temperature(
    scores: Any, labels: Any, bias: bool = False, significance: float = 1.0
) -> Temperature:
    """The temperature with the smallest cross-entropy (Guo et al. 2017).

    Where all of the N images end up right, there is none: it falls for ever with the
    temperature. The mean confidence is then (N + 1) / (N + 2), by Laplace's rule of
    succession.

    Args:
        scores: of held-out images (N, k): cosines, logits, anything larger for the
            likelier class.
        labels: integers (N,).
        bias: whether to fit one number for each class as well. It can change which
            class is predicted.
        significance: temperature 1, scores as they are, is kept unless a
            likelihood-ratio test refuses it at this level, in (0, 1]; 1 never keeps
            it. Scores that a softmax cross-entropy has trained are often
            probabilities already, and few images make them worse.

    Raises:
        InputError: arrays that do not go together, scores without any difference, a
            bias for a class without images, or a significance out of its range.

    Example:

    >>> from keras_pod.evaluation import fit_temperature
    >>> z = [[2.0, 0.0], [2.0, 0.0], [2.0, 0.0], [0.0, 2.0]]
    >>> fitted = fit_temperature(z, [0, 0, 1, 1])
    >>> print(fitted.probabilities(z)[0].round(3))
    [0.75 0.25]
    """
    if not 0 < significance <= 1:
        raise InputError(f"`significance` must be in (0, 1], got {significance}.")
    z = matrix("scores", scores)
    y = labels_of(labels, len(z), z.shape[1])
    gaps = z.max(axis=1, keepdims=True) - z
    if not gaps.mean() > 0:
        raise InputError("`scores` are the same for all classes; nothing to scale.")
    targets = np.eye(z.shape[1])[y]
    if bias and not targets.any(axis=0).all():
        absent = np.flatnonzero(~targets.any(axis=0)).tolist()
        raise InputError(
            f"`labels` have no sample of class {absent[0]}, which a bias needs: give "
            "some of every class, or bias=False."
        )
    fitted = _fit(gaps, targets, bias)
    p = fitted.probabilities(z)
    if np.all(p[np.arange(len(y)), y] == p.max(axis=1)):
        fitted = _less_sure(fitted, z, (len(z) + 1) / (len(z) + 2))
    plain = Temperature(1.0)
    gain = 2 * (_log_likelihood(fitted, z, y) - _log_likelihood(plain, z, y))
    kept = chi2.sf(gain, z.shape[1] if bias else 1) > significance
    return plain if kept else fitted


def _log_likelihood(fitted: Temperature, z: np.ndarray, y: np.ndarray) -> float:
    return log_softmax(_scaled(fitted, z), axis=1)[np.arange(len(y)), y].sum()


def _less_sure(fitted: Temperature, z: np.ndarray, confidence: float) -> Temperature:
    """Raises the temperature until the mean confidence is no larger than this."""

    def made(log_factor: float) -> Temperature:
        factor = np.exp(log_factor)
        bias = None if fitted.bias is None else fitted.bias / factor
        return Temperature(float(fitted.temperature * factor), bias)

    def excess(log_factor: float) -> float:
        p = made(log_factor).probabilities(z)
        return p.max(axis=1).mean() - confidence

    return fitted if excess(0.0) <= 0 else made(brentq(excess, 0.0, 60.0))


def _fit(gaps: np.ndarray, targets: np.ndarray, bias: bool) -> Temperature:
    """The smallest cross-entropy with targets (N, k) of scores `-gaps`."""
    spread, count = gaps.mean(), len(gaps)

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        # The unit is the scores' own spread, so that cosines and logits of any size
        # start alike.
        factor = np.exp(parameters[0]) / spread
        shifted = -gaps * factor + parameters[1:] if bias else -gaps * factor
        value = -(targets * log_softmax(shifted, axis=1)).sum(axis=1).mean()
        error = softmax(shifted, axis=1) - targets
        slope = [(error * -gaps * factor).sum() / count]
        return value, np.concatenate([slope, error.mean(axis=0)] if bias else [slope])

    start = np.zeros(1 + (gaps.shape[1] if bias else 0))
    bounds = [(-12.0, 12.0)] + [(-50.0, 50.0)] * (len(start) - 1)
    options = {"ftol": 1e-15, "gtol": 1e-10, "maxiter": 1000}
    found = minimize(
        loss, start, jac=True, bounds=bounds, method="L-BFGS-B", options=options
    ).x
    temperature = float(spread / np.exp(found[0]))
    return Temperature(temperature, found[1:] - found[1:].mean() if bias else None)


class Reliability(NamedTuple):
    """Accuracy beside confidence, by confidence.

    Attributes:
        confidence: mean largest probability in each bin; NaN in an empty one.
        accuracy: accuracy there.
        count: samples there.
    """

    confidence: np.ndarray
    accuracy: np.ndarray
    count: np.ndarray


def reliability(probabilities: Any, labels: Any, bins: int = 15) -> Reliability:
    """Accuracy by confidence, for a reliability diagram.

    Args:
        probabilities: (N, k), rows that sum to 1.
        labels: integers (N,).
        bins: bins of equal width from 0 to 1.

    Raises:
        InputError: probabilities that are none, or bins < 1.
    """
    p, y = _probabilities(probabilities, labels)
    if bins < 1:
        raise InputError(f"`bins` must be >= 1, got {bins}.")
    sure = p.max(axis=1)
    place = np.clip(np.ceil(sure * bins).astype(int) - 1, 0, bins - 1)
    right = p.argmax(axis=1) == y
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        confidence = np.bincount(place, sure, bins) / count
        accuracy = np.bincount(place, right, bins) / count
    return Reliability(confidence, accuracy, count)


def calibration_error(probabilities: Any, labels: Any, bins: int = 15) -> float:
    """Expected calibration error: mean |accuracy - confidence| over the bins.

    Args:
        probabilities: (N, k), rows that sum to 1.
        labels: integers (N,).
        bins: bins of equal width.

    Raises:
        InputError: as `reliability`.

    Example:

    >>> from keras_pod.evaluation import calibration_error
    >>> round(calibration_error([[0.8, 0.2], [0.8, 0.2]], [0, 1]), 3)
    0.3
    """
    found = reliability(probabilities, labels, bins)
    full = found.count > 0
    gaps = np.abs(found.accuracy - found.confidence)[full]
    return float((gaps * found.count[full]).sum() / found.count.sum())


def brier_score(probabilities: Any, labels: Any) -> float:
    """Mean squared distance of probabilities to the one-hot label, 0 to 2.

    Args:
        probabilities: (N, k), rows that sum to 1.
        labels: integers (N,).

    Raises:
        InputError: as `reliability`.

    Example:

    >>> from keras_pod.evaluation import brier_score
    >>> round(brier_score([[0.75, 0.25]], [0]), 4)
    0.125
    """
    p, y = _probabilities(probabilities, labels)
    return float(np.square(p - np.eye(p.shape[1])[y]).sum(axis=1).mean())


def _probabilities(probabilities: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    p = matrix("probabilities", probabilities)
    if p.min() < 0 or not np.allclose(p.sum(axis=1), 1, atol=1e-4):
        raise InputError("`probabilities` must be >= 0 and sum to 1 in each row.")
    return p, labels_of(labels, len(p), p.shape[1])
