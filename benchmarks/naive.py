"""The papers' formulas as they are printed, in `keras.ops`: what to be faster than."""

from typing import Any

from keras import ops


def nac(x: Any, y: Any, centroids: Any, delta: float) -> Any:
    """Eq 12 and 17 of the POD paper, through the scores of all classes."""
    norm = ops.sqrt(ops.sum(ops.square(x), axis=1, keepdims=True))
    scores = ops.matmul(x, ops.transpose(centroids)) / (norm + delta)
    target = ops.sum(ops.one_hot(y, centroids.shape[0]) * scores, axis=1)
    return ops.mean(ops.square(1.0 - target))


def self_correlation(x: Any, y: Any, centroids: Any) -> Any:
    """Eq 18 and 19, through the (n, n) matrix R and its diagonal."""
    norm = ops.sqrt(ops.sum(ops.square(x), axis=1, keepdims=True))
    d = x / norm - ops.take(centroids, y, axis=0)
    r = ops.matmul(ops.transpose(d), d) / ops.cast(ops.shape(d)[0] - 1, d.dtype)
    return ops.sum(ops.square(r)) - ops.sum(ops.square(ops.diagonal(r)))


def rbf_scores(x: Any, prototypes: Any, scale: float, gamma: float) -> Any:
    """Eq 3 and 4 of the RBF-Softmax paper, through all differences (B, k, n)."""
    difference = ops.expand_dims(x, 1) - ops.expand_dims(prototypes, 0)
    return scale * ops.exp(-ops.sum(ops.square(difference), axis=2) / gamma)


def cosines(x: Any, rows: Any) -> Any:
    """cos theta of features to the rows' directions."""
    x = x / ops.sqrt(ops.sum(ops.square(x), axis=1, keepdims=True))
    rows = rows / ops.sqrt(ops.sum(ops.square(rows), axis=1, keepdims=True))
    return ops.matmul(x, ops.transpose(rows))


def margin(
    cos: Any, y: Any, scale: float, m1: float = 1.0, m2: float = 0.0, m3: float = 0.0
) -> Any:
    """CM(m1, m2, m3) through arccos of all cosines."""
    angles = ops.arccos(ops.clip(cos, -1.0 + 1e-7, 1.0 - 1e-7))
    one_hot = ops.one_hot(y, cos.shape[1])
    target = ops.cos(m1 * angles + m2) - m3
    return softmax(scale * (one_hot * target + (1.0 - one_hot) * cos), y)


def batch_normalised(scores: Any, scale: float, epsilon: float) -> Any:
    """Eq 9 of the scaled batch-normalised logits paper."""
    mean = ops.mean(scores, axis=0)
    variance = ops.mean(ops.square(scores - mean), axis=0)
    return scale * (scores - mean) / ops.sqrt(variance + epsilon)


def softmax(scores: Any, y: Any) -> Any:
    """Softmax cross-entropy."""
    one_hot = ops.one_hot(y, scores.shape[1])
    return -ops.mean(ops.sum(one_hot * ops.log_softmax(scores), axis=1))
