"""Gaussian discriminant analysis: features classified by a Gaussian per class.

scikit-learn's `QuadraticDiscriminantAnalysis` has the same model, but takes ten times
as long for wide features, as it finds the eigenvectors of every covariance. With one
covariance for all classes, its `LinearDiscriminantAnalysis(solver="lsqr",
shrinkage=rho)` serves.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from sklearn.covariance import shrunk_covariance
from sklearn.model_selection import train_test_split

from keras_pod.analysis.inputs import labels_of, matrix
from keras_pod.core.errors import InputError

# They rise by about three: finer ones differ by less than the noise of a held-out part.
# 0 is left out: few samples of a class leave its covariance singular.
SHRINKAGES = (0.01, 0.03, 0.1, 0.3, 0.9)
HELD_OUT = 0.2
# Samples of a class without which no shrinkage can be chosen.
LEAST_OF_CLASS = 3


class GaussianClassifier:
    """Classifies features by the Gaussian that each class's features follow.

    `score_j = log pi_j - 1/2 log det S_j - 1/2 (x - mu_j) S_j^-1 (x - mu_j)^T`, with
    which the POD paper (Zhu & Zu 2022, section 4.2.6) compares cosines. mu_j is the
    class mean. With fewer samples of a class than features its covariance is
    singular, so `S_j = (1 - rho) C_j + rho (tr C_j / n) I + 1e-6 v I`, where C_j
    divides by the number of samples and v is the mean variance of the n features over
    all classes. An accuracy is to be told with its rho.

    Args:
        shrinkage: rho, 0 to 1; `choose_shrinkage` finds one.
        priors: pi_j, "data" for the share of each class in the fit, or "equal".

    Attributes:
        means: mu, (k, n).
        log_priors: log pi, (k,).
        factors: lower Cholesky factors of S, (k, n, n).

    Raises:
        ValueError: an argument out of its range.

    >>> from keras_pod.analysis import GaussianClassifier
    >>> x = np.array([[-1.0], [1.0], [-9.0], [9.0]])
    >>> narrow_and_wide = GaussianClassifier(shrinkage=0.0).fit(x, [0, 0, 1, 1])
    >>> print(narrow_and_wide.predict([[0.5], [5.0]]))
    [0 1]
    >>> print(narrow_and_wide.scores([[0.0]]).round(2))
    [[-0.69 -2.89]]
    """

    def __init__(self, shrinkage: float = 0.1, priors: str = "data") -> None:
        if not 0 <= shrinkage <= 1:
            raise InputError(f"`shrinkage` must be from 0 to 1, got {shrinkage}.")
        if priors not in ("data", "equal"):
            raise InputError(f"`priors` must be 'data' or 'equal', got {priors!r}.")
        self.shrinkage, self.priors = float(shrinkage), priors
        self.means: np.ndarray | None = None

    def fit(self, features: Any, labels: Any) -> "GaussianClassifier":
        """Estimate the Gaussians, in float64.

        Args:
            features: (N, n).
            labels: integers (N,), from 0 to k - 1.

        Returns:
            itself.

        Raises:
            ValueError: features that are not finite numbers (N, n) or never vary,
                labels that are not integers (N,), fewer than 2 classes, or a class
                with fewer than 2 samples.
        """
        x, y, counts = _checked(features, labels, 2, "fitting")
        if np.all(x == x[0]):
            raise InputError("`features` are the same in all rows; nothing to fit.")
        floor = 1e-6 * x.var(axis=0).mean()
        shares = counts / len(y) if self.priors == "data" else 1 / len(counts)
        self.log_priors = np.log(np.broadcast_to(shares, len(counts)))
        members = [x[y == j] for j in range(len(counts))]
        self.means = np.stack([own.mean(axis=0) for own in members])
        self.factors = np.stack([self._factor(own, floor) for own in members])
        return self

    def scores(self, features: Any) -> np.ndarray:
        """The log of prior times density, up to one constant, (N, k) float64.

        Args:
            features: (N, n).

        Raises:
            ValueError: before `fit`; features that are not finite numbers (N, n).
        """
        if self.means is None:
            raise InputError("a GaussianClassifier has no scores before `fit`.")
        x = matrix("features", features)
        if x.shape[1] != self.means.shape[1]:
            raise InputError(
                f"`features` must be (N, {self.means.shape[1]}) as in `fit`, got "
                f"{x.shape}."
            )
        scores = np.empty((len(x), len(self.means)))
        for j, (mean, factor) in enumerate(zip(self.means, self.factors, strict=True)):
            white = solve_triangular(factor, (x - mean).T, lower=True)
            half_log_det = np.log(factor.diagonal()).sum()
            scores[:, j] = -half_log_det - 0.5 * np.square(white).sum(axis=0)
        return scores + self.log_priors

    def predict(self, features: Any) -> np.ndarray:
        """The class with the largest score, integers (N,).

        Raises:
            ValueError: as `scores`.
        """
        return self.scores(features).argmax(axis=1)

    def _factor(self, members: np.ndarray, floor: float) -> np.ndarray:
        n = members.shape[1]
        covariance = np.cov(members, rowvar=False, bias=True).reshape(n, n)
        shrunk = shrunk_covariance(covariance, self.shrinkage)
        return cholesky(shrunk + floor * np.eye(n), lower=True)


def choose_shrinkage(
    features: Any, labels: Any, grid: Sequence[float] = SHRINKAGES
) -> tuple[float, dict[float, float]]:
    """The shrinkage that does best on a fifth of the training features, held out.

    The same share of each class is held out and the Gaussians are fitted on the rest.
    Of equally good ones the largest is chosen, the most regular. A network has seen
    all training images, so their features may be tighter than those of new images.

    Args:
        features: training features, (N, n).
        labels: integers (N,), at least 3 of each class.
        grid: the values to try.

    Returns:
        the shrinkage, and the held-out accuracy of each value tried.

    Raises:
        ValueError: as `GaussianClassifier` and its `fit`; no value to try; a class
            with fewer than 3 samples.

    >>> x = np.arange(20.0)[:, None] % 2 * 5 + np.linspace(0, 1, 20)[:, None]
    >>> keras_pod.analysis.choose_shrinkage(x, np.arange(20) % 2, grid=(0.1, 0.5))
    (0.5, {0.1: 1.0, 0.5: 1.0})
    """
    if not len(grid):
        raise InputError("`grid` is empty: name at least one shrinkage to try.")
    x, y, counts = _checked(features, labels, LEAST_OF_CLASS, "choosing")
    held_out = max(round(HELD_OUT * len(y)), len(counts))
    x_fit, x_held, y_fit, y_held = train_test_split(
        x, y, test_size=held_out, stratify=y, random_state=0
    )
    tried = {}
    for shrinkage in grid:
        model = GaussianClassifier(shrinkage).fit(x_fit, y_fit)
        tried[shrinkage] = float(np.mean(model.predict(x_held) == y_held))
    return max(tried, key=lambda rho: (tried[rho], rho)), tried


def _checked(
    features: Any, labels: Any, least: int, purpose: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features (N, n), labels (N,) and the number of samples of each class (k,)."""
    x = matrix("features", features)
    y = labels_of(labels, len(x))
    counts = np.bincount(y)
    if len(counts) < 2:
        raise InputError("`labels` hold one class; give features of at least 2.")
    few = np.flatnonzero(counts < least)
    if len(few):
        raise InputError(
            f"class {few[0]} is {counts[few[0]]} of the {len(y)} `labels`, but "
            f"{purpose} Gaussians needs at least {least} of each class; give more, or "
            "leave the class out."
        )
    return x, y, counts
