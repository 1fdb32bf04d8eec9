"""Unknown classes: scores that are low for what a model has not been trained on."""

from typing import Any, NamedTuple

import numpy as np
from scipy.special import logsumexp, softmax
from sklearn.metrics import average_precision_score, roc_auc_score

from keras_pod.analysis.inputs import matrix, unit
from keras_pod.core.errors import InputError


def known_scores(
    features: Any, logits: Any, centroids: Any = None
) -> dict[str, np.ndarray]:
    """Scores of how known each sample looks; larger is more known.

    - cosine: the largest cosine of the feature to a class vector.
    - norm: the length of the feature.
    - product: both multiplied.
    - energy: `log sum_j exp z_j` of the logits (Liu et al. 2020).
    - probability: the largest softmax of the logits (Hendrycks & Gimpel 2017).

    Args:
        features: (N, n).
        logits: (N, k).
        centroids: class vectors (k, n); None leaves out cosine and product.

    Raises:
        InputError: arrays that do not go together.

    >>> from keras_pod.evaluation import known_scores
    >>> found = known_scores([[3.0, 4.0]], [[0.0, 0.0]], [[1.0, 0.0], [0.0, 2.0]])
    >>> [round(float(found[name][0]), 3) for name in ("cosine", "norm", "energy")]
    [0.8, 5.0, 0.693]
    """
    x, z = matrix("features", features), matrix("logits", logits)
    if len(z) != len(x):
        raise InputError(
            f"`features` {x.shape} and `logits` {z.shape} must be (N, n) and (N, k)."
        )
    norm = np.linalg.norm(x, axis=1)
    found = {
        "norm": norm,
        "energy": logsumexp(z, axis=1),
        "probability": softmax(z, axis=1).max(axis=1),
    }
    if centroids is None:
        return found
    p = matrix("centroids", centroids)
    if p.shape != (z.shape[1], x.shape[1]):
        raise InputError(
            f"`centroids` {p.shape} must be (k, n) = {(z.shape[1], x.shape[1])}."
        )
    cosine = (unit(x) @ unit(p).T).max(axis=1)
    return {"cosine": cosine, "norm": norm, "product": cosine * norm} | found


class OpenSet(NamedTuple):
    """The quality of a score that tells known from unknown samples.

    Attributes:
        auroc: area under the ROC curve; 0.5 by chance.
        aupr: area under precision and recall, the known as positives.
        fpr95: share of the unknown that passes where 95 % of the known do.
    """

    auroc: float
    aupr: float
    fpr95: float


def open_set(known: Any, unknown: Any) -> OpenSet:
    """AUROC, AUPR and FPR at 95 % TPR.

    Args:
        known: scores of samples of known classes (N,), larger for more known.
        unknown: scores of the others (M,).

    Raises:
        InputError: no score on one side, or one that is not finite.

    >>> keras_pod.evaluation.open_set([0.9, 0.8], [0.1, 0.2])
    OpenSet(auroc=1.0, aupr=1.0, fpr95=0.0)
    """
    a, b = _scores("known", known), _scores("unknown", unknown)
    truth = np.concatenate([np.ones(len(a)), np.zeros(len(b))])
    every = np.concatenate([a, b])
    threshold = fit_threshold(a, 0.95)
    return OpenSet(
        float(roc_auc_score(truth, every)),
        float(average_precision_score(truth, every)),
        float((b >= threshold).mean()),
    )


def fit_threshold(known: Any, keep: float = 0.95) -> float:
    """The largest score that at least `keep` of the known samples reach.

    Args:
        known: scores of held-out samples of known classes (N,).
        keep: share to keep, in (0, 1].

    Raises:
        InputError: no score, one that is not finite, or a share out of its range.

    >>> keras_pod.evaluation.fit_threshold([0.1, 0.2, 0.3, 0.4], keep=0.75)
    0.2
    """
    scores = np.sort(_scores("known", known))
    if not 0 < keep <= 1:
        raise InputError(f"`keep` must be in (0, 1], got {keep}.")
    # A product such as 0.95 * 20 may exceed the whole number that it means.
    kept = int(np.ceil(keep * len(scores) * (1 - 1e-12)))
    return float(scores[len(scores) - kept])


def _scores(name: str, values: Any) -> np.ndarray:
    scores = np.asarray(values, dtype="float64")
    if scores.ndim != 1 or not len(scores) or not np.all(np.isfinite(scores)):
        raise InputError(
            f"`{name}` must be finite scores (N,), at least one, got shape "
            f"{scores.shape}."
        )
    return scores
