"""Methods on predefined class centroids: POD Loss and its relatives.

The fixed simplex is older than POD, and others have trained on it since. Their losses
are here in their papers' form: `hpn`, `etf`, `max-separation` and `pedcc-softmax`.
"""

from typing import Any

from keras_pod import layers, losses
from keras_pod.losses.margin import auto_scale
from keras_pod.methods.hyperparameters import Span, Values, around_weight
from keras_pod.methods.method import HeadAndLoss, method

# POD has 0.01 throughout, and 0 in Fig 6 d. These are quarters of a decade.
_ALPHA = Values(
    (0.0, *(float(f"{10 ** (e / 4):.2g}") for e in range(-16, -3))),
    grid=(0.0, 1e-4, 1e-3, 1e-2, 1e-1),
)
# POD Fig 5: flat from 0.01 to 1000, a steep rise beyond.
_LAM = Span(1e-3, 1e3, grid=(0.01, 0.1, 1.0, 10.0, 100.0, 1e3, 1e4))
_POD = {"alpha": _ALPHA, "lam": _LAM}

# Rates are between those that searches on several data sets found (docs/results.md).
# A batch normalisation before the head makes features of every size equal, and rates of
# 0.5 to 1 stable. The loss is bounded and blind to the features' norm, so that it wants
# a larger rate than softmax.


def _head(num_classes: int, seed: int, **options: Any) -> layers.PEDCC:
    return layers.PEDCC(num_classes, seed=seed, name="logits", **options)


def _plain(num_classes: int, seed: int, norm: str = "additive") -> layers.PEDCC:
    """The centroids without a delta."""
    return _head(num_classes, seed, alpha=None, norm=norm)


# Mettes et al. 2019: prototypes for any k and n, optimised by gradient where there is
# no simplex, came before ours.
@method("hpn", "hyperspherical prototype networks: cosine without the neck", 0.4)
@method("cosine", "Cosine Loss to fixed centroids", 0.5, neck="batch_norm")
def _cosine(num_classes: int, seed: int) -> HeadAndLoss:
    return _plain(num_classes, seed), losses.CosineLoss()


# Yang et al. 2022. Twice the rate of `cosine` makes up for half its gradient.
@method("etf", "ETF classifier, dot regression: half of cosine", 1.0, neck="batch_norm")
def _etf(num_classes: int, seed: int) -> HeadAndLoss:
    return _plain(num_classes, seed), losses.CosineLoss(0.5)


@method(
    "max-separation",
    "maximum class separation: softmax on x P^T, P fixed",
    0.4,
    search={"scale": Span(0.03, 3.0, grid=(0.1, 0.3, 1.0))},
)
def _max_separation(num_classes: int, seed: int, scale: float = 0.1) -> HeadAndLoss:
    # The radius of Kasarla et al. 2022 is 0.1 for ResNets and 1 for AlexNet.
    return _plain(num_classes, seed, "none"), losses.CrossEntropyLoss(scale)


@method(
    "pedcc-softmax",
    "softmax on scaled cosines to fixed centroids, no margin",
    0.2,
    neck="batch_norm",
    search={"scale": Span(4.0, 64.0, grid=(7.5, 10.0, 30.0, 64.0), auto=auto_scale)},
)
def _pedcc_softmax(
    num_classes: int, seed: int, scale: float | str = "auto"
) -> HeadAndLoss:
    return _plain(num_classes, seed), losses.CosSoftmaxLoss(scale)


@method(
    "nac",
    "cosine loss with the norm-adaptive delta",
    0.5,
    neck="batch_norm",
    search={"alpha": _ALPHA},
)
def _nac(
    num_classes: int,
    seed: int,
    alpha: float = 0.01,
    norm: str = "additive",
    delta0: float | None = None,
    epoch_offset: int = 0,
    norm_of: str = "features",
) -> HeadAndLoss:
    published = {"delta0": delta0, "epoch_offset": epoch_offset, "norm_of": norm_of}
    head = _head(num_classes, seed, alpha=alpha, norm=norm, **published)
    return head, losses.NaCLoss()


@method(
    "pod",
    "POD Loss: norm-adaptive cosine to fixed centroids, plus self-correlation",
    0.5,
    neck="batch_norm",
    search=_POD,
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
    search=_POD | {"competition": around_weight(0.1)},
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
    head = _head(num_classes, seed, alpha=alpha, norm=norm)
    return head, losses.pod(lam, sc_normalise, competition=competition, scale=scale)


@method(
    "pod-paper",
    "POD Loss as its paper prints it: no neck, SC undivided",
    0.1,
    search={"alpha": _ALPHA, "lam": _LAM},
)
def _pod_paper(
    num_classes: int, seed: int, alpha: float = 0.01, lam: float = 1.0
) -> HeadAndLoss:
    return _pod(num_classes, seed, alpha, lam, "additive", None)


@method(
    "pedcc-loss",
    "AM-Softmax to fixed centroids + MSE",
    0.1,
    neck="batch_norm",
    search={
        "margin": Span(0.0, 0.8, log=False, grid=(0.0, 0.2, 0.35, 0.5)),
        # SBN: (7.5, 0.35) and (10, 0.5).
        "scale": Span(4.0, 30.0, grid=(7.5, 10.0, 15.0)),
        "lam": Span(0.03, 30.0, grid=(0.1, 1.0, 10.0)),
        "root": Span(1.0, 4.0, log=False, grid=(1.0, 2.0, 3.0)),
    },
)
def _pedcc_loss(
    num_classes: int,
    seed: int,
    margin: float = 0.5,
    scale: float = 10.0,
    lam: float = 1.0,
    root: float = 1.0,
) -> HeadAndLoss:
    return _plain(num_classes, seed), losses.PEDCCLoss(margin, scale, lam, root)
