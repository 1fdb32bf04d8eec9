"""The methods by name: each one's head, loss and the recipe it trains best with.

This is the one table that `keras-pod train` and its relatives read. A method is
added by writing its builder with `@_method` above it.
"""

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import keras

from keras_pod import layers, losses
from keras_pod.core.arguments import check_not_negative
from keras_pod.core.errors import InputError, unknown_name

Build = Callable[..., tuple[keras.layers.Layer, Any]]


@dataclasses.dataclass(frozen=True)
class Method:
    """A way to train a classifier.

    Args:
        name: what `--loss` calls it.
        summary: one line for people.
        build: `(num_classes, seed, **options)` -> (head, loss for `compile`). The
            options are its keyword arguments, their defaults the recipe's values.
        learning_rate: the base rate of SGD with momentum.
        l2: the L2 penalty, through momentum.
        neck: what `Classifier.from_backbone` puts between the feature layer and the
            head, "batch_norm" or None.
        adamw: base rate and weight decay of AdamW.
        updates_per_batch: how often in a row every batch is trained on, each time
            for another part of the loss and with a momentum of its own; with 2 use
            `keras_pod.data.each_batch_twice` and `L2SGD(alternating=2)`.
    """

    name: str
    summary: str
    build: Build
    learning_rate: float
    l2: float = 5e-4
    updates_per_batch: int = 1
    neck: str | None = None
    adamw: tuple[float, float] = (3e-3, 0.05)

    def rates(self, optimizer: str) -> tuple[float, float]:
        """The learning rate and the decay for "sgd" or "adamw".

        >>> get("softmax").rates("sgd")
        (0.2, 0.0005)
        """
        return self.adamw if optimizer == "adamw" else (self.learning_rate, self.l2)

    def options(self, **given: Any) -> dict[str, Any]:
        """The method's options: its defaults, replaced by what is given.

        Args:
            **given: values by option name.

        Raises:
            InputError: an option that the method does not have.
        """
        parameters = list(inspect.signature(self.build).parameters.values())[2:]
        options = {p.name: p.default for p in parameters}
        for name, value in given.items():
            if name not in options:
                has = ", ".join(options) or "none"
                raise InputError(
                    f"loss '{self.name}' has no option '{name}'; its options: {has}."
                )
            options[name] = value
        return options


METHODS: dict[str, Method] = {}


def _method(name: str, summary: str, rate: float, **recipe: Any) -> Callable:
    """Enter the builder that follows into `METHODS`, under that name."""

    def enter(build: Build) -> Build:
        METHODS[name] = Method(name, summary, build, rate, **recipe)
        return build

    return enter


def get(name: str) -> Method:
    """The method of that name.

    Raises:
        InputError: an unknown name, with the nearest known one.

    >>> get("pod").summary
    'POD Loss: norm-adaptive cosine to fixed centroids, plus self-correlation'
    """
    if name not in METHODS:
        raise unknown_name("loss", name, METHODS)
    return METHODS[name]


# Heads and losses by angle or distance have a batch normalisation before the head;
# with it they train at rates of 0.1 to 1 whatever the size of features was before.
# POD's loss is bounded and blind to the features' norm, so that it wants a larger rate
# than softmax. In `anneal_share` of the epochs the margin of a method comes in; 0 has it
# there from the first, which now and then leaves two classes in one direction.


def _linear(num_classes: int) -> keras.layers.Layer:
    return keras.layers.Dense(num_classes, dtype="float32", name="logits")


@_method("softmax", "linear scores, softmax cross-entropy", 0.2)
def _softmax(num_classes: int, seed: int) -> tuple[keras.layers.Layer, Any]:
    return _linear(num_classes), losses.CrossEntropyLoss()


@_method("cosine", "Cosine Loss to fixed centroids", 1.0, neck="batch_norm")
def _cosine(num_classes: int, seed: int) -> tuple[keras.layers.Layer, Any]:
    head = layers.PEDCC(num_classes, alpha=None, seed=seed, name="logits")
    return head, losses.CosineLoss()


@_method("nac", "cosine loss with the norm-adaptive delta", 1.0, neck="batch_norm")
def _nac(
    num_classes: int,
    seed: int,
    alpha: float = 0.01,
    norm: str = "additive",
    delta0: float | None = None,
    epoch_offset: int = 0,
    norm_of: str = "features",
) -> tuple[keras.layers.Layer, Any]:
    head = layers.PEDCC(
        num_classes,
        alpha=alpha,
        seed=seed,
        norm=norm,
        delta0=delta0,
        epoch_offset=epoch_offset,
        norm_of=norm_of,
        name="logits",
    )
    return head, losses.NaCLoss()


@_method(
    "pod",
    "POD Loss: norm-adaptive cosine to fixed centroids, plus self-correlation",
    1.0,
    neck="batch_norm",
)
def _pod(
    num_classes: int,
    seed: int,
    alpha: float = 0.01,
    lam: float = 1.0,
    norm: str = "additive",
    sc_normalise: str | None = "n-1",
    delta0: float | None = None,
    epoch_offset: int = 0,
    norm_of: str = "features",
) -> tuple[keras.layers.Layer, Any]:
    head, _ = _nac(num_classes, seed, alpha, norm, delta0, epoch_offset, norm_of)
    return head, losses.pod(lam=lam, sc_normalise=sc_normalise)


@_method(
    "pod-ce",
    "POD Loss plus a small softmax cross-entropy between the classes",
    0.5,
    neck="batch_norm",
)
def _pod_ce(
    num_classes: int,
    seed: int,
    alpha: float = 0.01,
    lam: float = 1.0,
    norm: str = "additive",
    sc_normalise: str | None = "n-1",
    competition: float = 0.1,
    scale: float = 16.0,
) -> tuple[keras.layers.Layer, Any]:
    head, _ = _nac(num_classes, seed, alpha, norm)
    return head, losses.pod(lam, sc_normalise, competition=competition, scale=scale)


@_method("pod-paper", "POD Loss as its paper prints it: no neck, SC undivided", 0.1)
def _pod_paper(
    num_classes: int, seed: int, alpha: float = 0.01, lam: float = 1.0
) -> tuple[keras.layers.Layer, Any]:
    return _pod(num_classes, seed, alpha, lam, "additive", None)


@_method("pedcc-loss", "AM-Softmax to fixed centroids + MSE", 0.1, neck="batch_norm")
def _pedcc_loss(
    num_classes: int,
    seed: int,
    margin: float = 0.5,
    scale: float = 10.0,
    lam: float = 1.0,
    root: float = 1.0,
) -> tuple[keras.layers.Layer, Any]:
    head = layers.PEDCC(num_classes, alpha=None, seed=seed, name="logits")
    return head, losses.PEDCCLoss(margin, scale, lam, root)


def _cosine_head(num_classes: int, rising: float) -> layers.CosineDense:
    check_not_negative(anneal_share=rising)
    return layers.CosineDense(num_classes, rising_margin=rising > 0, name="logits")


@_method("am-softmax", "cosines, additive cosine margin", 0.1, neck="batch_norm")
def _am_softmax(
    num_classes: int,
    seed: int,
    margin: float = 0.35,
    scale: float | str = "auto",
    anneal_share: float = 0.3,
) -> tuple[keras.layers.Layer, Any]:
    head = _cosine_head(num_classes, anneal_share)
    return head, losses.AMSoftmaxLoss(margin, scale)


@_method("arcface", "cosines, additive angular margin", 0.1, neck="batch_norm")
def _arcface(
    num_classes: int,
    seed: int,
    margin: float = 0.5,
    scale: float | str = "auto",
    anneal_share: float = 0.3,
) -> tuple[keras.layers.Layer, Any]:
    head = _cosine_head(num_classes, anneal_share)
    return head, losses.ArcFaceLoss(margin, scale)


@_method("cm", "cosines, combined margin (m1, m2, m3)", 0.1, neck="batch_norm")
def _cm(
    num_classes: int,
    seed: int,
    m1: float = 0.9,
    m2: float = 0.4,
    m3: float = 0.15,
    scale: float | str = "auto",
    anneal_share: float = 0.3,
) -> tuple[keras.layers.Layer, Any]:
    head = _cosine_head(num_classes, anneal_share)
    return head, losses.CombinedMarginLoss(m1, m2, m3, scale)


@_method("cos-softmax", "scaled cosines, no margin", 0.1, neck="batch_norm")
def _cos_softmax(
    num_classes: int, seed: int, scale: float | str = "auto"
) -> tuple[keras.layers.Layer, Any]:
    head = layers.CosineDense(num_classes, name="logits")
    return head, losses.CosSoftmaxLoss(scale)


@_method("a-softmax", "angular margin, unit class weights", 0.1)
def _a_softmax(
    num_classes: int,
    seed: int,
    margin: int = 4,
    anneal: float = 5.0,
    anneal_share: float = 0.3,
) -> tuple[keras.layers.Layer, Any]:
    check_not_negative(anneal_share=anneal_share)
    head = layers.AngularDense(num_classes, margin, True, anneal, name="logits")
    return head, losses.CrossEntropyLoss()


@_method("l-softmax", "angular margin in softmax", 0.1)
def _l_softmax(
    num_classes: int,
    seed: int,
    margin: int = 4,
    anneal: float = 5.0,
    anneal_share: float = 0.3,
) -> tuple[keras.layers.Layer, Any]:
    check_not_negative(anneal_share=anneal_share)
    head = layers.AngularDense(num_classes, margin, False, anneal, name="logits")
    return head, losses.CrossEntropyLoss()


@_method("center", "softmax + Center Loss", 0.1)
def _center(
    num_classes: int, seed: int, center_rate: float = 0.5, weight: float = 0.003
) -> tuple[keras.layers.Layer, Any]:
    head = layers.CenterDense(num_classes, center_rate, name="logits")
    return head, losses.center(weight)


@_method("ring", "softmax + Ring Loss", 0.1)
def _ring(
    num_classes: int, seed: int, weight: float = 0.01
) -> tuple[keras.layers.Layer, Any]:
    return layers.RingDense(num_classes, name="logits"), losses.ring(weight)


@_method("cot", "softmax + complement entropy", 0.1)
def _cot(
    num_classes: int, seed: int, weight: float = 1.0
) -> tuple[keras.layers.Layer, Any]:
    return _linear(num_classes), losses.COTLoss(weight)


@_method(
    "cot-alternate",
    "softmax, then complement entropy: two updates a batch",
    0.1,
    updates_per_batch=2,
)
def _cot_alternate(
    num_classes: int, seed: int, weight: float = 1.0
) -> tuple[keras.layers.Layer, Any]:
    return layers.ComplementDense(num_classes, name="logits"), losses.COTLoss(weight)


@_method("incay", "softmax + Feature Incay", 0.1)
def _incay(
    num_classes: int, seed: int, weight: float = 0.1
) -> tuple[keras.layers.Layer, Any]:
    return _linear(num_classes), losses.feature_incay(weight)


@_method("lgm", "large-margin Gaussian mixture", 0.05)
def _lgm(
    num_classes: int,
    seed: int,
    margin: float = 0.1,
    weight: float = 0.1,
    covariance: str = "identity",
) -> tuple[keras.layers.Layer, Any]:
    head = layers.GaussianMixture(num_classes, covariance, name="logits")
    return head, losses.lgm(margin, weight)


@_method("g-cpl", "distances to learned prototypes", 0.05)
def _g_cpl(
    num_classes: int,
    seed: int,
    prototypes: int = 1,
    alpha: float = 1.0,
    weight: float = 0.01,
) -> tuple[keras.layers.Layer, Any]:
    head = layers.PrototypeLogits(num_classes, prototypes, alpha, name="logits")
    return head, losses.g_cpl(weight)


@_method("rbf-softmax", "Gaussian kernels as scores", 0.5, neck="batch_norm")
def _rbf_softmax(
    num_classes: int,
    seed: int,
    scale: float = 4.0,
    gamma: float = 2.0,
    feature_scale: float | None = None,
) -> tuple[keras.layers.Layer, Any]:
    head = layers.RBFLogits(num_classes, scale, gamma, feature_scale, name="logits")
    return head, losses.CrossEntropyLoss()


@_method("rbf-network", "linear in Gaussian kernels", 0.5)
def _rbf_network(
    num_classes: int, seed: int, units: int | None = None, gamma: float = 2.0
) -> tuple[keras.layers.Layer, Any]:
    head = layers.RBFNetwork(num_classes, units, gamma, name="logits")
    return head, losses.CrossEntropyLoss()


@_method("scaled-bn", "softmax on batch-normalised scores", 0.1)
def _scaled_bn(
    num_classes: int, seed: int, scale: float = 1.0
) -> tuple[keras.layers.Layer, Any]:
    scores = keras.layers.Dense(num_classes, use_bias=False, dtype="float32")
    normalised = layers.ScaledBatchNormalization(scale)
    return keras.Sequential([scores, normalised], name="logits"), (
        losses.CrossEntropyLoss()
    )
