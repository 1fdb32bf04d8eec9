"""The papers' formulas once more, in plain float64 NumPy, margins with arccos.

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
    """Eq 18 and 19; with weights, of the weighted covariance."""
    x = np.asarray(x, "float64")
    norms = np.sqrt(np.sum(x**2, axis=1, keepdims=True))
    d = x / norms - targets
    w = np.ones(len(x)) if weights is None else np.asarray(weights, "float64")
    w = w / w.sum()
    if center or standardise:
        d = d - w @ d
    r = sum(w[i] * np.outer(row, row) for i, row in enumerate(d)) / (1 - np.sum(w**2))
    if standardise:
        r = r / np.sqrt(np.outer(np.diag(r), np.diag(r)))
    total = np.sum(r**2) - np.sum(np.diag(r) ** 2)
    return total / (x.shape[1] - 1) if normalise == "n-1" else total


def margin(cosine, m1=1.0, m2=0.0, m3=0.0):
    """cos(m1 theta + m2) - m3; past pi, cos theta less a constant."""
    theta = np.arccos(np.clip(cosine, -1, 1))
    last = (np.pi - m2) / m1
    if theta <= last:
        return np.cos(m1 * theta + m2) - m3
    rest = np.pi - last
    return cosine - max(rest * np.sin(rest), 1 + np.cos(last)) - m3


def psi(cosine, m, anneal=0.0):
    """Spec 2.14, the interval found by trying each."""
    theta = np.arccos(np.clip(cosine, -1, 1))
    for q in range(m):
        if q * np.pi / m <= theta <= (q + 1) * np.pi / m:
            value = (-1) ** q * np.cos(m * theta) - 2 * q
    return (anneal * np.cos(theta) + value) / (1 + anneal)


def cross_entropy(logits, weights):
    shifted = logits - np.max(logits)
    return np.sum(weights * (np.log(np.sum(np.exp(shifted))) - shifted))


def margin_loss(cosines, rows, target, scale):
    """Each sample's loss; `target` gives the cosine that stands for the target's."""
    cosines = np.asarray(cosines, "float64")
    losses = []
    for row, weights in zip(cosines, rows, strict=True):
        logits = [
            scale * (c + w * (target(c) - c)) for c, w in zip(row, weights, strict=True)
        ]
        losses.append(cross_entropy(np.array(logits), weights))
    return np.array(losses)


def pedcc_loss(cosines, rows, margin=0.5, scale=10.0, lam=1.0, root=1.0):
    am = np.mean(margin_loss(cosines, rows, lambda c: c - margin, scale))
    mse = np.mean(1 - np.sum(rows * cosines, axis=1))
    return am + lam * mse ** (1 / root)


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
