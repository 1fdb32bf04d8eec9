"""The values of the papers' losses: printed, or those of the papers that they cite.

Every option of a method stands here, so that the defaults of `keras_pod.methods` change
no recipe. What the three papers do not print is listed in docs/papers.md, 8.3.
"""

from dataclasses import replace

from keras_pod.experiments.run.settings import Settings

# Eq 12's denominator, and M of the features.
_NAC = {"alpha": 0.01, "norm": "additive", "delta0": None, "epoch_offset": 0}
_NAC |= {"norm_of": "features"}
# The margin is there from the first epoch.
_AT_ONCE = {"anneal_share": 0.0}
OPTIONS = {
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


def as_printed(settings: Settings) -> Settings:
    """The settings with every option of their method, and without a neck.

    POD's M is measured after each epoch, in a pass of its own.
    """
    return replace(
        settings,
        options=OPTIONS[settings.loss] | settings.options,
        neck="none",
        norm_pass=settings.loss in ("nac", "pod"),
    )


def as_it_works(settings: Settings) -> Settings:
    """The settings with the method's own defaults on the table's network and data.

    What a row is about, such as a margin, stays. So do the rates of transformers and of
    the six-layer network without normalisation, which those of methods do not suit.
    """
    if settings.backbone in ("vit_b16", "swin_b", "mnist_cnn"):
        return settings
    return replace(
        settings, lr=None, l2=None, schedule="cosine", warmup=0.0, stem="auto"
    )
