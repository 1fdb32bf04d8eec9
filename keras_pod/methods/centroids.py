"""Methods on predefined class centroids: POD Loss and its relatives."""

from keras_pod import layers, losses
from keras_pod.methods.method import HeadAndLoss, method

# A batch normalisation before the head makes features of every size equal, and rates of
# 0.5 to 1 stable. The loss is bounded and blind to the features' norm, so that it wants
# a larger rate than softmax.


@method("cosine", "Cosine Loss to fixed centroids", 0.5, neck="batch_norm")
def _cosine(num_classes: int, seed: int) -> HeadAndLoss:
    head = layers.PEDCC(num_classes, alpha=None, seed=seed, name="logits")
    return head, losses.CosineLoss()


@method("nac", "cosine loss with the norm-adaptive delta", 0.5, neck="batch_norm")
def _nac(
    num_classes: int,
    seed: int,
    alpha: float = 0.01,
    norm: str = "additive",
    delta0: float | None = None,
    epoch_offset: int = 0,
    norm_of: str = "features",
) -> HeadAndLoss:
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


@method(
    "pod",
    "POD Loss: norm-adaptive cosine to fixed centroids, plus self-correlation",
    0.5,
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
) -> HeadAndLoss:
    head, _ = _nac(num_classes, seed, alpha, norm, delta0, epoch_offset, norm_of)
    return head, losses.pod(lam=lam, sc_normalise=sc_normalise)


@method(
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
) -> HeadAndLoss:
    head, _ = _nac(num_classes, seed, alpha, norm)
    return head, losses.pod(lam, sc_normalise, competition=competition, scale=scale)


@method("pod-paper", "POD Loss as its paper prints it: no neck, SC undivided", 0.1)
def _pod_paper(
    num_classes: int, seed: int, alpha: float = 0.01, lam: float = 1.0
) -> HeadAndLoss:
    return _pod(num_classes, seed, alpha, lam, "additive", None)


@method("pedcc-loss", "AM-Softmax to fixed centroids + MSE", 0.1, neck="batch_norm")
def _pedcc_loss(
    num_classes: int,
    seed: int,
    margin: float = 0.5,
    scale: float = 10.0,
    lam: float = 1.0,
    root: float = 1.0,
) -> HeadAndLoss:
    head = layers.PEDCC(num_classes, alpha=None, seed=seed, name="logits")
    return head, losses.PEDCCLoss(margin, scale, lam, root)
