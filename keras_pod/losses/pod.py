"""POD Loss: NaC on the scores plus SC on the features."""

from typing import Any

from keras_pod.losses.competing import CompetingNaCLoss
from keras_pod.losses.nac import NaCLoss
from keras_pod.losses.self_correlation import SelfCorrelationLoss


def pod(
    lam: float = 1.0,
    sc_normalise: str | None = "n-1",
    sync: str = "global",
    competition: float = 0.0,
    scale: float = 16.0,
    weighted: bool = False,
) -> dict[str, Any]:
    """POD Loss for `compile(loss=...)` of a `keras_pod.Classifier`.

    `L_POD = L_NaC + lambda * L_SC` (eq 20 of Zhu & Zu 2022).

    SC needs the centroid of each sample's class, which only a `Classifier` looks up.
    In `fit` of any other model Keras stops before it has called either loss. A
    `Sequential` says `'NoneType' object is not iterable`. A functional model with one
    output, here `dense`, says `Expected keys ['dense'] in loss dict, but found
    loss.keys()=['logits', 'features']`. Make a `backbone` of the layers before the
    last one:

    ```
    model = keras_pod.Classifier.from_backbone(backbone, keras_pod.layers.PEDCC(10))
    model.compile("sgd", loss=keras_pod.losses.pod())
    ```

    Args:
        lam: lambda, >= 0; 1 in the paper.
        sc_normalise: "n-1" divides SC by n - 1, as the newest published code does;
            None is eq 18 as printed, which is n - 1 times stronger and wants a smaller
            learning rate. From which of the two the published tables come is not known.
        sync: with `tf.distribute`, SC of the "global" batch or of each "replica"'s
            part of it.
        competition: weight of a softmax cross-entropy beside NaC, as
            `CompetingNaCLoss` adds it; 0 is the paper's POD Loss. 0.1 helps where
            classes are many and alike, or the network is small.
        scale: of the scores in that cross-entropy.
        weighted: whether sample and class weights make SC's correlations too. NaC has
            them always.

    Returns:
        `{"logits": NaCLoss(), "features": SelfCorrelationLoss(weight=lam)}`, with
        `CompetingNaCLoss` in place of `NaCLoss` if there is competition.

    Raises:
        ValueError: a negative `lam` or `competition`, a `scale` that is not positive,
            or an unknown `sc_normalise` or `sync`.

    Example:

    >>> keras_pod.losses.pod(lam=0.5)["features"].weight
    0.5
    >>> keras_pod.losses.pod(competition=0.1)["logits"].weight
    0.1
    """
    logits = CompetingNaCLoss(competition, scale) if competition else NaCLoss()
    return {
        "logits": logits,
        "features": SelfCorrelationLoss(
            lam, sc_normalise, sync=sync, weighted=weighted
        ),
    }
