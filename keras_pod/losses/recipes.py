"""Recipes: a loss on the scores and one on the features, as papers train them."""

from typing import Any

from keras_pod.losses.cross_entropy import CrossEntropyLoss, LGMLoss
from keras_pod.losses.decorrelation import SelfCorrelationLoss
from keras_pod.losses.nac import CompetingNaCLoss, NaCLoss
from keras_pod.losses.nearness import (
    CenterLoss,
    GaussianLikelihoodLoss,
    PrototypeLoss,
)
from keras_pod.losses.norms import FeatureIncayLoss, MagFaceNormLoss, RingLoss
from keras_pod.losses.pairs import BatchHardTripletLoss, SupConLoss


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

    >>> keras_pod.losses.pod(lam=0.5)["features"].weight
    0.5
    >>> keras_pod.losses.pod(competition=0.1)["logits"].weight
    0.1
    """
    logits = CompetingNaCLoss(competition, scale) if competition else NaCLoss()
    features = SelfCorrelationLoss(lam, sc_normalise, sync=sync, weighted=weighted)
    return {"logits": logits, "features": features}


def center(weight: float = 0.003) -> dict[str, Any]:
    """Cross-entropy plus Center Loss, for a model with a `CenterDense` head.

    `L = L_softmax + (weight / 2) mean_i ||x_i - c_{y_i}||^2` (Wen et al. 2016).

    Args:
        weight: >= 0.

    Returns:
        `{"logits": CrossEntropyLoss(), "features": CenterLoss(weight)}`, for
        `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: a negative weight.

    >>> keras_pod.losses.center(weight=0.01)["features"].weight
    0.01
    """
    return {"logits": CrossEntropyLoss(), "features": CenterLoss(weight)}


def ring(weight: float = 0.01) -> dict[str, Any]:
    """Cross-entropy plus Ring Loss, for a model with a `RingDense` head.

    `L = L_softmax + (weight / 2) mean_i (||x_i|| - R)^2` (Zheng et al. 2018).

    Args:
        weight: >= 0.

    Returns:
        `{"logits": CrossEntropyLoss(), "features": RingLoss(weight)}`, for
        `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: a negative weight.

    >>> keras_pod.losses.ring(weight=0.02)["features"].weight
    0.02
    """
    return {"logits": CrossEntropyLoss(), "features": RingLoss(weight)}


def feature_incay(weight: float = 0.1) -> dict[str, Any]:
    """Cross-entropy plus Feature Incay of the rightly classified samples.

    `L = L_softmax + weight mean_i 1[correct_i] / (||x_i||^2 + 1)` (Yuan et al. 2017).

    Args:
        weight: >= 0.

    Returns:
        `{"logits": CrossEntropyLoss(), "features": FeatureIncayLoss(weight,
        correct_only=True)}`, for `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: a negative weight.

    >>> keras_pod.losses.feature_incay(weight=0.2)["features"].weight
    0.2
    """
    features = FeatureIncayLoss(weight, correct_only=True)
    return {"logits": CrossEntropyLoss(), "features": features}


def magface(
    scale: float = 64.0,
    weight: float = 35.0,
    low_norm: float = 10.0,
    high_norm: float = 110.0,
) -> dict[str, Any]:
    """Cross-entropy plus MagFace's term on norms, for a `MagFaceDense` head.

    `L = L_softmax(s cos) + weight * mean_i (1 / a_i + a_i / u_a^2)` (Meng et al.
    2021); the head adds the margin m(a_i).

    Args:
        scale: s > 0.
        weight: lambda_g, >= 0.
        low_norm, high_norm: l_a and u_a, as those of the head.

    Returns:
        `{"logits": CrossEntropyLoss(scale), "features": MagFaceNormLoss(...)}`, for
        `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: an argument out of its range.

    >>> keras_pod.losses.magface(weight=20)["features"].weight
    20.0
    """
    features = MagFaceNormLoss(weight, low_norm, high_norm)
    return {"logits": CrossEntropyLoss(scale), "features": features}


def g_cpl(weight: float = 0.01) -> dict[str, Any]:
    """Generalised convolutional prototype learning, for a `PrototypeLogits` head.

    `L = L_softmax + weight * mean_i min_m ||x_i - w_{y_i m}||^2` (Yang et al. 2018).

    Args:
        weight: >= 0; 0 is CPL.

    Returns:
        `{"logits": CrossEntropyLoss(), "features": PrototypeLoss(weight)}`, for
        `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: a negative weight.

    >>> keras_pod.losses.g_cpl(weight=0.1)["features"].weight
    0.1
    """
    return {"logits": CrossEntropyLoss(), "features": PrototypeLoss(weight)}


def lgm(margin: float = 0.1, weight: float = 0.1) -> dict[str, Any]:
    """The large-margin Gaussian mixture loss, for a `GaussianMixture` head.

    `L = L_cls + weight * L_lkd` (Wan et al. 2018).

    Args:
        margin: of the classification term, >= 0.
        weight: of the likelihood term, >= 0.

    Returns:
        `{"logits": LGMLoss(margin), "features": GaussianLikelihoodLoss(weight)}`,
        for `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: a negative margin or weight.

    >>> keras_pod.losses.lgm(margin=0.3)["logits"].margin
    0.3
    """
    return {"logits": LGMLoss(margin), "features": GaussianLikelihoodLoss(weight)}


def supcon(weight: float = 1.0, temperature: float = 0.1) -> dict[str, Any]:
    """Cross-entropy plus SupCon on the features, in one training.

    `L = L_softmax + weight * L_SupCon`. Khosla et al. 2020 train the features first,
    and a linear classifier on them afterwards.

    Args:
        weight: >= 0.
        temperature: tau > 0.

    Returns:
        `{"logits": CrossEntropyLoss(), "features": SupConLoss(weight, temperature)}`,
        for `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: an argument out of its range.

    >>> keras_pod.losses.supcon(weight=0.5)["features"].weight
    0.5
    """
    features = SupConLoss(weight, temperature)
    return {"logits": CrossEntropyLoss(), "features": features}


def triplet(weight: float = 1.0, margin: float | None = None) -> dict[str, Any]:
    """Cross-entropy plus the batch-hard triplet loss on the features.

    `L = L_softmax + weight * L_triplet`, as person re-identification trains since
    Hermans et al. 2017, who have the second term alone.

    Args:
        weight: >= 0.
        margin: >= 0; None is the soft margin.

    Returns:
        `{"logits": CrossEntropyLoss(), "features": BatchHardTripletLoss(weight,
        margin)}`, for `compile(loss=...)` of a `keras_pod.Classifier`.

    Raises:
        ValueError: an argument out of its range.

    >>> keras_pod.losses.triplet(margin=0.2)["features"].margin
    0.2
    """
    features = BatchHardTripletLoss(weight, margin)
    return {"logits": CrossEntropyLoss(), "features": features}
