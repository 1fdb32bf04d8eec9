"""Methods with a softmax on cosines, with and without a margin."""

from collections.abc import Mapping
from typing import Any

from keras_pod import layers, losses
from keras_pod.callbacks import AnnealMargin, RaiseMargin
from keras_pod.core.arguments import not_negative
from keras_pod.losses.margin import auto_scale
from keras_pod.methods.hyperparameters import Domain, Span, Values
from keras_pod.methods.method import Build, Callbacks, HeadAndLoss, method

# The margin comes in over `anneal_share` of the epochs: where it is whole from the
# first, two classes now and then end in one direction.

# SBN Tables 1-3 have 7.5 and 10, face recognition 30 and 64.
_SCALE = Span(4.0, 64.0, grid=(7.5, 10.0, 30.0, 64.0), auto=auto_scale)
_MARGIN = Span(0.0, 0.8, log=False, grid=(0.0, 0.2, 0.35, 0.5))


def _raise(epochs: int, options: Mapping[str, Any]) -> Callbacks:
    """The callback that brings the margin in."""
    share = options["anneal_share"]
    return [RaiseMargin(share * epochs)] if share else []


def _anneal(epochs: int, options: Mapping[str, Any]) -> Callbacks:
    """The callback that brings the margin in, from almost none to `anneal`."""
    share, start, stop = options["anneal_share"], 1000.0, options["anneal"]
    if not share:
        return []
    decay = max(start / max(stop, 1.0) - 1.0, 0.0) / (share * epochs)
    return [AnnealMargin(start, stop, decay)]


# Methods with a margin on cosines share the first, those on angles the second.
_COSINE_SEARCH: dict[str, Domain] = {"margin": _MARGIN, "scale": _SCALE}
_COSINES = {"neck": "batch_norm", "search": _COSINE_SEARCH, "callbacks": _raise}
_ANGLES = {
    "search": {
        "margin": Values((2, 3, 4)),
        "anneal": Span(1.0, 20.0, grid=(1.0, 5.0, 20.0)),
    },
    "callbacks": _anneal,
}


def _head(
    num_classes: int, rising: float, kind: Any = layers.CosineDense, **options: Any
) -> layers.Head:
    """A head of cosines whose margin, its own or its loss's, may come in."""
    rises = not_negative("anneal_share", rising) > 0
    return kind(num_classes, rising_margin=rises, name="logits", **options)


def _scale(scale: float | str, num_classes: int) -> float:
    """The scale for a head with a margin of its own, whose loss takes a number."""
    return auto_scale(num_classes) if scale == "auto" else float(scale)


@method("am-softmax", "cosines, additive cosine margin", 0.1, **_COSINES)
def _am_softmax(
    num_classes: int,
    seed: int,
    margin: float = 0.35,
    scale: float | str = "auto",
    anneal_share: float = 0.3,
) -> HeadAndLoss:
    return _head(num_classes, anneal_share), losses.AMSoftmaxLoss(margin, scale)


@method("arcface", "cosines, additive angular margin", 0.1, **_COSINES)
def _arcface(
    num_classes: int,
    seed: int,
    margin: float = 0.5,
    scale: float | str = "auto",
    anneal_share: float = 0.3,
) -> HeadAndLoss:
    return _head(num_classes, anneal_share), losses.ArcFaceLoss(margin, scale)


@method(
    "subcenter-arcface",
    "ArcFace with several directions a class, of which the nearest counts",
    0.1,
    **_COSINES | {"search": _COSINE_SEARCH | {"sub_centers": Values((1, 2, 3, 5))}},
)
def _subcenter_arcface(
    num_classes: int,
    seed: int,
    margin: float = 0.5,
    scale: float | str = "auto",
    sub_centers: int = 3,
    anneal_share: float = 0.3,
) -> HeadAndLoss:
    head = _head(num_classes, anneal_share, sub_centers=sub_centers)
    return head, losses.ArcFaceLoss(margin, scale)


@method(
    "adaface", "cosines, a margin by the rank of the feature's norm", 0.1, **_COSINES
)
def _adaface(
    num_classes: int,
    seed: int,
    margin: float = 0.4,
    scale: float | str = "auto",
    concentration: float = 0.333,
    anneal_share: float = 0.3,
) -> HeadAndLoss:
    options = {"margin": margin, "concentration": concentration}
    head = _head(num_classes, anneal_share, layers.AdaFaceDense, **options)
    return head, losses.CrossEntropyLoss(_scale(scale, num_classes))


# The paper's weight of the norms beside its scale of 64.
_NORM_SHARE = 35.0 / 64.0


# A neck would fix the norms, which are to grow.
@method(
    "magface",
    "cosines, a margin that grows with the feature's norm",
    0.1,
    search={
        "scale": _SCALE,
        "weight": Span(
            0.3, 300.0, grid=(3.5, 35.0), auto=lambda k: _NORM_SHARE * auto_scale(k)
        ),
    },
    callbacks=_raise,
)
def _magface(
    num_classes: int,
    seed: int,
    scale: float | str = "auto",
    weight: float | str = "auto",
    low_margin: float = 0.45,
    high_margin: float = 0.8,
    low_norm: float = 10.0,
    high_norm: float = 110.0,
    anneal_share: float = 0.3,
) -> HeadAndLoss:
    norms = {"low_norm": low_norm, "high_norm": high_norm}
    margins = {"low_margin": low_margin, "high_margin": high_margin}
    head = _head(num_classes, anneal_share, layers.MagFaceDense, **margins, **norms)
    scale = _scale(scale, num_classes)
    weight = _NORM_SHARE * scale if weight == "auto" else float(weight)
    return head, losses.magface(scale, weight, **norms)


@method(
    "adacos",
    "cosines, a scale that follows the training, no margin",
    0.1,
    neck="batch_norm",
)
def _adacos(num_classes: int, seed: int, dynamic: bool = True) -> HeadAndLoss:
    head = layers.AdaCosDense(num_classes, dynamic, name="logits")
    return head, losses.CrossEntropyLoss()


@method(
    "cm",
    "cosines, combined margin (m1, m2, m3)",
    0.1,
    neck="batch_norm",
    search={
        # POD Table IV: (0.9, 0.4, 0.15).
        "m1": Span(0.8, 1.2, log=False, grid=(0.9, 1.0)),
        "m2": Span(0.0, 0.6, log=False, grid=(0.0, 0.2, 0.4)),
        "m3": Span(0.0, 0.4, log=False, grid=(0.0, 0.15, 0.3)),
        "scale": _SCALE,
    },
    callbacks=_raise,
)
def _cm(
    num_classes: int,
    seed: int,
    m1: float = 0.9,
    m2: float = 0.4,
    m3: float = 0.15,
    scale: float | str = "auto",
    anneal_share: float = 0.3,
) -> HeadAndLoss:
    loss = losses.CombinedMarginLoss(m1, m2, m3, scale)
    return _head(num_classes, anneal_share), loss


@method(
    "cos-softmax",
    "scaled cosines, no margin",
    0.1,
    neck="batch_norm",
    search={"scale": _SCALE},
)
def _cos_softmax(
    num_classes: int, seed: int, scale: float | str = "auto"
) -> HeadAndLoss:
    head = layers.CosineDense(num_classes, name="logits")
    return head, losses.CosSoftmaxLoss(scale)


def _angular(unit_weights: bool) -> Build:
    """The builder of a method with a margin on angles."""

    def build(
        num_classes: int,
        seed: int,
        margin: int = 4,
        anneal: float = 5.0,
        anneal_share: float = 0.3,
    ) -> HeadAndLoss:
        not_negative("anneal_share", anneal_share)
        head = layers.AngularDense(
            num_classes, margin, unit_weights, anneal, name="logits"
        )
        return head, losses.CrossEntropyLoss()

    return build


method("a-softmax", "angular margin, unit class weights", 0.1, **_ANGLES)(
    _angular(unit_weights=True)
)
method("l-softmax", "angular margin in softmax", 0.1, **_ANGLES)(
    _angular(unit_weights=False)
)
