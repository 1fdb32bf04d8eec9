"""The margin losses once more, in plain float64 NumPy with arccos.

Nothing here imports keras_pod.
"""

import numpy as np


def naive_margin(cosine, m1=1.0, m2=0.0, m3=0.0):
    return np.cos(m1 * np.arccos(np.clip(cosine, -1, 1)) + m2) - m3


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


def rows_of(y, k):
    y = np.asarray(y)
    return y if y.ndim == 2 and y.shape[1] == k else np.eye(k)[y.reshape(-1)]


def margin_loss(cosines, y, target, scale):
    """Each sample's loss; `target` gives the cosine that stands for the target's."""
    cosines = np.asarray(cosines, "float64")
    losses = []
    for row, weights in zip(cosines, rows_of(y, cosines.shape[1]), strict=True):
        logits = [
            scale * (c + w * (target(c) - c)) for c, w in zip(row, weights, strict=True)
        ]
        losses.append(cross_entropy(np.array(logits), weights))
    return np.array(losses)


def pedcc_loss(cosines, y, margin=0.5, scale=10.0, lam=1.0, root=1.0):
    am = np.mean(margin_loss(cosines, y, lambda c: c - margin, scale))
    weights = rows_of(y, np.shape(cosines)[1])
    mse = np.mean(1 - np.sum(weights * cosines, axis=1))
    return am + lam * mse ** (1 / root)
