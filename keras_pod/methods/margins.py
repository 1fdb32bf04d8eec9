"""Methods with a softmax on cosines, with and without a margin."""

from collections.abc import Mapping
from typing import Any

from keras_pod import layers, losses
from keras_pod.callbacks import AnnealMargin, RaiseMargin
from keras_pod.core.arguments import check_not_negative
from keras_pod.losses.margin import auto_scale
from keras_pod.methods.hyperparameters import Span, Values
from keras_pod.methods.method import Callbacks, HeadAndLoss, method

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
_COSINES = {
    "neck": "batch_norm",
    "search": {"margin": _MARGIN, "scale": _SCALE},
    "callbacks": _raise,
}
_ANGLES = {
    "search": {
        "margin": Values((2, 3, 4)),
        "anneal": Span(1.0, 20.0, grid=(1.0, 5.0, 20.0)),
    },
    "callbacks": _anneal,
}


def _cosine_head(num_classes: int, rising: float) -> layers.CosineDense:
    check_not_negative(anneal_share=rising)
    return layers.CosineDense(num_classes, rising_margin=rising > 0, name="logits")


@method("am-softmax", "cosines, additive cosine margin", 0.1, **_COSINES)
def _am_softmax(
    num_classes: int,
    seed: int,
    margin: float = 0.35,
    scale: float | str = "auto",
    anneal_share: float = 0.3,
) -> HeadAndLoss:
    head = _cosine_head(num_classes, anneal_share)
    return head, losses.AMSoftmaxLoss(margin, scale)


@method("arcface", "cosines, additive angular margin", 0.1, **_COSINES)
def _arcface(
    num_classes: int,
    seed: int,
    margin: float = 0.5,
    scale: float | str = "auto",
    anneal_share: float = 0.3,
) -> HeadAndLoss:
    head = _cosine_head(num_classes, anneal_share)
    return head, losses.ArcFaceLoss(margin, scale)


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
    head = _cosine_head(num_classes, anneal_share)
    return head, losses.CombinedMarginLoss(m1, m2, m3, scale)


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


def _angular(
    num_classes: int, margin: int, unit_weights: bool, anneal: float, share: float
) -> HeadAndLoss:
    check_not_negative(anneal_share=share)
    head = layers.AngularDense(num_classes, margin, unit_weights, anneal, name="logits")
    return head, losses.CrossEntropyLoss()


@method("a-softmax", "angular margin, unit class weights", 0.1, **_ANGLES)
def _a_softmax(
    num_classes: int,
    seed: int,
    margin: int = 4,
    anneal: float = 5.0,
    anneal_share: float = 0.3,
) -> HeadAndLoss:
    return _angular(num_classes, margin, True, anneal, anneal_share)


@method("l-softmax", "angular margin in softmax", 0.1, **_ANGLES)
def _l_softmax(
    num_classes: int,
    seed: int,
    margin: int = 4,
    anneal: float = 5.0,
    anneal_share: float = 0.3,
) -> HeadAndLoss:
    return _angular(num_classes, margin, False, anneal, anneal_share)
