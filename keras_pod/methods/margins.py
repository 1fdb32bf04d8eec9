"""Methods with a softmax on cosines, with and without a margin."""

from keras_pod import layers, losses
from keras_pod.core.arguments import check_not_negative
from keras_pod.methods.method import HeadAndLoss, method

# The margin comes in over `anneal_share` of the epochs: where it is whole from the
# first, two classes now and then end in one direction.


def _cosine_head(num_classes: int, rising: float) -> layers.CosineDense:
    check_not_negative(anneal_share=rising)
    return layers.CosineDense(num_classes, rising_margin=rising > 0, name="logits")


@method("am-softmax", "cosines, additive cosine margin", 0.1, neck="batch_norm")
def _am_softmax(
    num_classes: int,
    seed: int,
    margin: float = 0.35,
    scale: float | str = "auto",
    anneal_share: float = 0.3,
) -> HeadAndLoss:
    head = _cosine_head(num_classes, anneal_share)
    return head, losses.AMSoftmaxLoss(margin, scale)


@method("arcface", "cosines, additive angular margin", 0.1, neck="batch_norm")
def _arcface(
    num_classes: int,
    seed: int,
    margin: float = 0.5,
    scale: float | str = "auto",
    anneal_share: float = 0.3,
) -> HeadAndLoss:
    head = _cosine_head(num_classes, anneal_share)
    return head, losses.ArcFaceLoss(margin, scale)


@method("cm", "cosines, combined margin (m1, m2, m3)", 0.1, neck="batch_norm")
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


@method("cos-softmax", "scaled cosines, no margin", 0.1, neck="batch_norm")
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


@method("a-softmax", "angular margin, unit class weights", 0.1)
def _a_softmax(
    num_classes: int,
    seed: int,
    margin: int = 4,
    anneal: float = 5.0,
    anneal_share: float = 0.3,
) -> HeadAndLoss:
    return _angular(num_classes, margin, True, anneal, anneal_share)


@method("l-softmax", "angular margin in softmax", 0.1)
def _l_softmax(
    num_classes: int,
    seed: int,
    margin: int = 4,
    anneal: float = 5.0,
    anneal_share: float = 0.3,
) -> HeadAndLoss:
    return _angular(num_classes, margin, False, anneal, anneal_share)
