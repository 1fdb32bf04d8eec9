"""Methods by the distance to learned prototypes or means."""

from keras_pod import layers, losses
from keras_pod.methods.hyperparameters import Span, Values, around_weight
from keras_pod.methods.method import HeadAndLoss, method


@method(
    "lgm",
    "large-margin Gaussian mixture",
    0.05,
    search={
        "margin": Span(0.0, 1.0, log=False, grid=(0.0, 0.1, 0.3, 1.0)),
        "weight": around_weight(0.1),
    },
)
def _lgm(
    num_classes: int,
    seed: int,
    margin: float = 0.1,
    weight: float = 0.1,
    covariance: str = "identity",
) -> HeadAndLoss:
    head = layers.GaussianMixture(num_classes, covariance, name="logits")
    return head, losses.lgm(margin, weight)


@method(
    "g-cpl",
    "distances to learned prototypes",
    0.05,
    search={
        "prototypes": Values((1, 2, 3, 5)),
        "alpha": Span(0.1, 10.0, grid=(0.3, 1.0, 3.0)),
        "weight": around_weight(0.01),
    },
)
def _g_cpl(
    num_classes: int,
    seed: int,
    prototypes: int = 1,
    alpha: float = 1.0,
    weight: float = 0.01,
) -> HeadAndLoss:
    head = layers.PrototypeLogits(num_classes, prototypes, alpha, name="logits")
    return head, losses.g_cpl(weight)


@method(
    "rbf-softmax",
    "Gaussian kernels as scores",
    0.5,
    neck="batch_norm",
    search={
        # Tables 3, 5, 6 and the ImageNet runs: s from 2 to 35. Grids: Table 3.
        "scale": Span(1.0, 64.0, grid=(2.0, 4.0, 8.0)),
        # The kernels saturate or vanish but for gamma / s from 1/12 to 1.
        "gamma": Span(0.1, 64.0, grid=(1.0, 1.3, 2.0), per=("scale", 1 / 12, 1.0)),
    },
)
def _rbf_softmax(
    num_classes: int,
    seed: int,
    scale: float = 4.0,
    gamma: float = 2.0,
    feature_scale: float | None = None,
) -> HeadAndLoss:
    head = layers.RBFLogits(num_classes, scale, gamma, feature_scale, name="logits")
    return head, losses.CrossEntropyLoss()


@method(
    "rbf-network",
    "linear in Gaussian kernels",
    0.5,
    search={"gamma": Span(0.2, 20.0, grid=(1.0, 2.0, 4.0))},
)
def _rbf_network(
    num_classes: int, seed: int, units: int | None = None, gamma: float = 2.0
) -> HeadAndLoss:
    head = layers.RBFNetwork(num_classes, units, gamma, name="logits")
    return head, losses.CrossEntropyLoss()
