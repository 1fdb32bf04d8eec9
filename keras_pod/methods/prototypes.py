"""Methods by the distance to learned prototypes or means."""

from keras_pod import layers, losses
from keras_pod.methods.method import HeadAndLoss, method


@method("lgm", "large-margin Gaussian mixture", 0.05)
def _lgm(
    num_classes: int,
    seed: int,
    margin: float = 0.1,
    weight: float = 0.1,
    covariance: str = "identity",
) -> HeadAndLoss:
    head = layers.GaussianMixture(num_classes, covariance, name="logits")
    return head, losses.lgm(margin, weight)


@method("g-cpl", "distances to learned prototypes", 0.05)
def _g_cpl(
    num_classes: int,
    seed: int,
    prototypes: int = 1,
    alpha: float = 1.0,
    weight: float = 0.01,
) -> HeadAndLoss:
    head = layers.PrototypeLogits(num_classes, prototypes, alpha, name="logits")
    return head, losses.g_cpl(weight)


@method("rbf-softmax", "Gaussian kernels as scores", 0.5, neck="batch_norm")
def _rbf_softmax(
    num_classes: int,
    seed: int,
    scale: float = 4.0,
    gamma: float = 2.0,
    feature_scale: float | None = None,
) -> HeadAndLoss:
    head = layers.RBFLogits(num_classes, scale, gamma, feature_scale, name="logits")
    return head, losses.CrossEntropyLoss()


@method("rbf-network", "linear in Gaussian kernels", 0.5)
def _rbf_network(
    num_classes: int, seed: int, units: int | None = None, gamma: float = 2.0
) -> HeadAndLoss:
    head = layers.RBFNetwork(num_classes, units, gamma, name="logits")
    return head, losses.CrossEntropyLoss()
