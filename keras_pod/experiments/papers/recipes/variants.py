"""The runs of a table as printed, as the published code has them, and as they work.

Every option of a method stands in `OPTIONS`, printed or of the papers that are cited,
so that the defaults of `keras_pod.methods` change no recipe. What the three papers do
not print is listed in docs/papers.md, 8.3.
"""

from dataclasses import replace

from keras_pod.experiments.papers.recipes.table import Cell
from keras_pod.experiments.run.settings import Settings

# Eq 12's denominator, and M of the features.
_NAC = {"alpha": 0.01, "norm": "additive", "delta0": None, "epoch_offset": 0}
_NAC |= {"norm_of": "features"}
# The margin is there from the first epoch.
_AT_ONCE = {"anneal_share": 0.0}
OPTIONS: dict[str, dict] = {
    "softmax": {},
    "cosine": {},
    "nac": _NAC,
    # SC by eq 18, not divided.
    "pod": _NAC | {"lam": 1.0, "sc_normalise": None},
    "pedcc-loss": {"margin": 0.5, "scale": 10.0, "lam": 1.0, "root": 1.0},
    "am-softmax": {"margin": 0.35, "scale": 30.0} | _AT_ONCE,
    "arcface": {"margin": 0.5, "scale": 64.0} | _AT_ONCE,
    "cm": {"m1": 0.9, "m2": 0.4, "m3": 0.15, "scale": 64.0} | _AT_ONCE,
    "cos-softmax": {"scale": 30.0},
    "center": {"center_rate": 0.5, "weight": 0.003},
    "cot-alternate": {"weight": 1.0},
    "ring": {"weight": 0.01},
    "lgm": {"margin": 0.1, "weight": 0.1, "covariance": "identity"},
    "g-cpl": {"prototypes": 1, "alpha": 1.0, "weight": 0.01},
    # Distances of the features as they are: c = 1.
    "rbf-softmax": {"scale": 4.0, "gamma": 2.0, "feature_scale": 1.0},
    "rbf-network": {"units": None, "gamma": 2.0},
    "scaled-bn": {"scale": 1.0},
}
_TRANSFORMERS = ("vit_b16", "swin_b")


def as_printed(settings: Settings) -> Settings:
    """The settings with every option of their method, without a neck.

    POD's M is measured in a pass of its own.
    """
    return replace(
        settings,
        options=OPTIONS[settings.loss] | settings.options,
        neck="none",
        norm_pass=settings.loss in ("nac", "pod"),
    )


def as_it_works(settings: Settings) -> Settings:
    """The settings with the method's own defaults on the table's network and data.

    What a row is about, such as a margin, stays.
    """
    # The rates of methods suit neither these nor a network without normalisation.
    if settings.backbone in (*_TRANSFORMERS, "mnist_cnn"):
        return settings
    return replace(
        settings, lr=None, l2=None, schedule="cosine", warmup=0.0, stem="auto"
    )


def code_of_pod(settings: Settings) -> Settings:
    """The settings as POD's published code has them where it differs from the paper.

    These are, by docs/papers.md, 3.1: P1 to P6, batch 200 for CIFAR-10 (P8), 5e-4 for
    ImageNet (P9), velocities that restart where the rate steps (P11), no pooling after
    the first convolution for images of 64 pixels (P13, P15), and accuracies of batches
    (P20). Its two GPUs, each with batch statistics of its half (P12), are left out.
    """
    names = filter(None, (settings.measure, "batch_mean"))
    settings = replace(settings, measure=",".join(names), norm_pass=False)
    options = dict(settings.options)
    if settings.loss in ("nac", "pod"):
        options |= {"norm": "quadratic", "delta0": 0.05, "epoch_offset": -1}
        options |= {"norm_of": "scores"}
    if settings.loss == "pod":
        options["sc_normalise"] = "n-1"
    settings = replace(settings, options=options)
    if settings.backbone in _TRANSFORMERS:
        # There is no published code for them but that of the loss.
        return settings
    small = settings.data.startswith(("tiny_imagenet", "facescrub"))
    return replace(
        settings,
        batch_size=200 if settings.data == "cifar10" else settings.batch_size,
        l2=5e-4,
        reset_momentum=True,
        stem="3x3" if small and settings.backbone == "resnet50" else settings.stem,
    )


def as_reported(cell: Cell) -> Cell:
    """The cell with the accuracy that POD's code logs (docs/papers.md, P20)."""
    of_images = cell.value == "accuracy_last"
    return replace(cell, value="accuracy_batch_mean") if of_images else cell


def code_of_rbf(settings: Settings) -> Settings:
    """The settings as RBF's published code has them where it differs from the paper.

    It has recipes for ImageNet alone (docs/papers.md, 3.2): there gamma is the scale
    (R1), ResNet-50 has s = 35 (R2) and rate 0.2 (R3), B1 rate 0.4 (R4), no warm-up
    (R5), Nesterov's momentum (R6), colours shifted along their principal components
    (R8) and whole batches only (R20). CIFAR-10 is cropped at eight of the nine offsets
    (R17).
    """
    if settings.data == "cifar10":
        return replace(settings, augment="legacy-crop")
    if settings.data != "imagenet":
        return settings
    both = {"gamma": 35.0, "scale": 35.0}
    return replace(
        settings,
        lr=0.4 if settings.backbone == "efficientnet_b1" else 0.2,
        warmup=0.0,
        nesterov=True,
        augment="pca-jitter",
        drop_last=True,
        options=settings.options | (both if settings.loss == "rbf-softmax" else {}),
    )
