"""POD Loss: NaC on the scores plus SC on the features."""

from typing import Any

from keras_pod.losses.nac import NaCLoss
from keras_pod.losses.self_correlation import SelfCorrelationLoss


def pod(
    lam: float = 1.0, sc_normalise: str | None = None, sync: str = "global"
) -> dict[str, Any]:
    """POD Loss for `compile(loss=...)` of a `keras_pod.Classifier`.

    `L_POD = L_NaC + lambda * L_SC` (eq 20 of Zhu & Zu 2022).

    Args:
        lam: lambda, >= 0; 1 in the paper.
        sc_normalise: None (eq 18), or "n-1" to divide SC by n - 1 as the newest
            published code does. From which of its forms the published tables come is
            not known.
        sync: with `tf.distribute`, SC of the "global" batch or of each "replica"'s
            part of it.

    Returns:
        `{"logits": NaCLoss(), "features": SelfCorrelationLoss(weight=lam)}`.

    Raises:
        ValueError: a negative `lam`, or an unknown `sc_normalise` or `sync`.

    Example:

    >>> keras_pod.losses.pod(lam=0.5)["features"].weight
    0.5
    """
    return {
        "logits": NaCLoss(),
        "features": SelfCorrelationLoss(lam, sc_normalise, sync=sync),
    }
