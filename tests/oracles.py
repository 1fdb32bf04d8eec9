"""The papers' formulas once more, in plain float64 NumPy, as the tests' reference.

Nothing here imports keras_pod.
"""

import numpy as np


def nac_scores(x, centroids, delta=0.0, norm="additive"):
    """Eq 12 for every class, or the published code's quadratic form."""
    x = np.asarray(x, "float64")
    out = np.zeros((len(x), len(centroids)))
    for i, row in enumerate(x):
        r = np.sqrt(np.sum(row**2))
        denominator = r + delta if norm == "additive" else np.hypot(r, delta)
        if denominator > 0:
            out[i] = centroids @ row / denominator
    return out


def nac_loss(x, y, centroids, delta=0.0, norm="additive"):
    """Eq 17; `y` integers or rows of label weights."""
    scores = nac_scores(x, centroids, delta, norm)
    y = np.asarray(y)
    rows = y if y.ndim == 2 else np.eye(len(centroids))[y]
    return np.mean((1 - np.sum(rows * scores, axis=1)) ** 2)


def sc_loss(x, targets, normalise=None, center=False, standardise=False, weights=None):
    """Eq 18 and 19, entry by entry; with weights, of NumPy's weighted covariance."""
    x = np.asarray(x, "float64")
    batch, dim = x.shape
    norms = np.sqrt(np.sum(x**2, axis=1, keepdims=True))
    unit = np.where(norms > 0, x / np.where(norms > 0, norms, 1), 0)
    d = unit - targets
    if weights is not None:
        # Without centring it is the covariance of the rows and their opposites.
        rows = d if center or standardise else np.concatenate([d, -d])
        each = weights if center or standardise else np.concatenate([weights] * 2)
        cov = np.cov(rows, rowvar=False, aweights=each, ddof=0)
        w = weights / weights.sum()
        cov = cov / (1 - np.sum(w**2))
        if standardise:
            cov = cov / np.sqrt(np.outer(np.diag(cov), np.diag(cov)))
        total = np.sum(cov**2) - np.sum(np.diag(cov) ** 2)
        return total / (dim - 1) if normalise == "n-1" else total
    if center or standardise:
        d = d - d.mean(axis=0)
    if standardise:
        d = d / d.std(axis=0, ddof=1)
    if batch == 1:
        return 0.0
    total = 0.0
    for i in range(dim):
        for j in range(dim):
            if i != j:
                total += (np.dot(d[:, i], d[:, j]) / (batch - 1)) ** 2
    return total / (dim - 1) if normalise == "n-1" else total


def simplex(num_classes, dim):
    """k unit rows whose products are -1/(k-1), unrotated."""
    k = num_classes
    centred = np.eye(k) - 1 / k
    u, s, _ = np.linalg.svd(centred)
    rows = np.zeros((k, dim))
    rows[:, : k - 1] = u[:, : k - 1] * np.sqrt(k / (k - 1))
    return rows


def numeric_gradient(function, x, step=1e-6):
    """Central differences of a scalar function at x, in float64."""
    x = np.array(x, "float64")
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        for sign in (1, -1):
            moved = x.copy()
            moved[index] += sign * step
            gradient[index] += sign * function(moved) / (2 * step)
    return gradient
