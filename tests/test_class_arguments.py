"""The arguments of every loss, layer and optimizer: kept in a config, and checked."""

import inspect
import math

import keras
import numpy as np
import pytest

from keras_pod import layers, losses, optimizers

NAN = math.nan
# The arguments of each class, in their order, with their defaults.
SIGNATURES = {
    losses.ASoftmaxLoss: "margin=4, scale='auto', anneal=0.0",
    losses.AMSoftmaxLoss: "margin=0.35, scale='auto'",
    losses.ArcFaceLoss: "margin=0.5, scale='auto'",
    losses.BarlowDecorrelationLoss: "weight=0.005",
    losses.BatchHardTripletLoss: "weight=1.0, margin=None",
    losses.COTLoss: "weight=1.0, divisor='k-1'",
    losses.CenterLoss: "weight=0.003",
    losses.CombinedMarginLoss: "m1=1.0, m2=0.0, m3=0.0, scale='auto'",
    losses.CompetingNaCLoss: "weight=0.1, scale=16.0",
    losses.ComplementEntropyLoss: "weight=1.0, divisor='k-1'",
    losses.CosSoftmaxLoss: "scale='auto'",
    losses.CosineLoss: "weight=1.0",
    losses.CosineMSELoss: "",
    losses.CrossEntropyLoss: "scale=1.0",
    losses.FeatureIncayLoss: "weight=0.1, power=2.0, epsilon=1.0, correct_only=False",
    losses.GaussianLikelihoodLoss: "weight=0.1",
    losses.LGMLoss: "margin=0.1",
    losses.MagFaceNormLoss: "weight=35.0, low_norm=10.0, high_norm=110.0",
    losses.NaCLoss: "",
    losses.PEDCCLoss: "margin=0.5, scale=10.0, lam=1.0, root=1.0",
    losses.PrototypeLoss: "weight=0.01",
    losses.RingLoss: "weight=0.01",
    losses.SelfCorrelationLoss: (
        "weight=1.0, normalise='n-1', center=False, standardise=False, "
        "sync='global', weighted=False"
    ),
    losses.SupConLoss: "weight=1.0, temperature=0.1",
    losses.VICRegCovarianceLoss: "weight=1.0, variance_weight=0.0",
    layers.AdaCosDense: "dynamic=True, *",
    layers.AdaFaceDense: "margin=0.4, concentration=0.333, momentum=0.99, *",
    layers.AngularDense: "margin=4, normalise_weights=True, anneal=5.0, *",
    layers.Calibration: "temperature=1.0, bias=None",
    layers.CenterDense: (
        "center_rate=0.5, centers_initializer='zeros', use_bias=True, *"
    ),
    layers.ComplementDense: "use_bias=True, *",
    layers.CosineDense: (
        "normalise_features=True, normalise_weights=True, *, rising_margin=False, "
        "sub_centers=1"
    ),
    layers.GaussianMixture: "covariance='identity', *",
    layers.KnownThreshold: "score='cosine', threshold=-inf",
    layers.LogitAdjustedDense: "tau=1.0, priors=None, use_bias=True, *",
    layers.MagFaceDense: (
        "low_margin=0.45, high_margin=0.8, low_norm=10.0, high_norm=110.0, *"
    ),
    layers.PEDCC: (
        "alpha=0.01, centroids=None, seed=0, norm='additive', delta0=None, "
        "epoch_offset=0, norm_of='features', reserved=0"
    ),
    layers.PrototypeLogits: "prototypes_per_class=1, alpha=1.0, *, exact=False",
    layers.RBFLogits: "scale=4.0, gamma=2.0, feature_scale=None, *, exact=False",
    layers.RBFNetwork: (
        "units=None, gamma=2.0, feature_scale=None, use_bias=True, *, exact=False"
    ),
    layers.RingDense: "radius=None, use_bias=True, *",
    layers.ScaledBatchNormalization: (
        "scale=1.0, momentum=0.9, epsilon=1e-05, sync='global'"
    ),
    optimizers.L2SGD: (
        "learning_rate=0.1, momentum=0.9, nesterov=False, l2=0.0005, exclude=(), "
        "alternating=1, name='l2_sgd'"
    ),
}
# What the star stands for.
INITIALIZER = "kernel_initializer='glorot_uniform'"
# Other values of arguments whose defaults are neither numbers nor flags.
OTHER = {
    "bias": [0.5, -1.0],
    "centers_initializer": "Ones",
    "centroids": None,
    "covariance": "shared",
    "delta0": 0.05,
    "divisor": "k",
    "dtype": "float64",
    "exclude": ["bn", "bias"],
    "feature_scale": 0.5,
    "kernel_initializer": "Ones",
    "margin": 0.2,
    "name": "mine",
    "norm": "quadratic",
    "norm_of": "scores",
    "normalise": None,
    "num_classes": 3,
    "priors": [3.0, 2.0, 1.0],
    "radius": 2.0,
    "reduction": "none",
    "sc_normalise": None,
    "scale": 7.0,
    "score": "norm",
    "sync": "replica",
    "threshold": 2.0,
    "units": 5,
    "weight": 7.0,
}
EVERY = pytest.mark.parametrize("kind", SIGNATURES, ids=lambda kind: kind.__name__)


def other(name, default):
    if isinstance(default, bool):
        return not default
    if isinstance(default, int):
        return default + 1
    if isinstance(default, float) and math.isfinite(default):
        return {0.0: 0.5, 1.0: 2.0}.get(default, default * 0.9)
    return OTHER[name]


def test_every_public_class_is_here():
    modules, bases = (losses, layers), (keras.Loss, keras.Layer)
    every = [one for module in modules for one in vars(module).values()]
    found = {one for one in every if inspect.isclass(one) and issubclass(one, bases)}
    assert found - {layers.Head} | {optimizers.L2SGD} == set(SIGNATURES)


@EVERY
def test_defaults(kind):
    found = {p.name: p.default for p in inspect.signature(kind).parameters.values()}
    if issubclass(kind, layers.Head):
        assert found.pop("num_classes") is inspect.Parameter.empty
    bases = ("reduction", "dtype", "kwargs") + ("name",) * issubclass(kind, keras.Loss)
    given = ", ".join(f"{n}={d!r}" for n, d in found.items() if n not in bases)
    assert given == SIGNATURES[kind].replace("*", INITIALIZER)


@EVERY
def test_arguments_come_back(kind):
    """Compared with what was given: a key that both sides lack would be equal."""
    parameters = inspect.signature(kind).parameters.values()
    named = [p for p in parameters if p.kind is not p.VAR_KEYWORD]
    arguments = {p.name: other(p.name, p.default) for p in named}
    if issubclass(kind, keras.losses.Loss):
        arguments |= {name: OTHER[name] for name in ("reduction", "name", "dtype")}
    by_place = [p.name for p in named if p.kind is p.POSITIONAL_OR_KEYWORD]
    by_name = {n: v for n, v in arguments.items() if n not in by_place}
    one = kind(*[arguments[name] for name in by_place], **by_name)
    check(one.get_config(), arguments)
    config = keras.saving.serialize_keras_object(one)
    again = keras.saving.deserialize_keras_object(config)
    assert type(again) is kind
    check(again.get_config(), arguments)


def check(config, arguments):
    for name, value in arguments.items():
        found = config[name]
        if name.endswith("initializer"):
            found = found["class_name"]
        if isinstance(value, float):
            assert found == np.float32(value) or found == value, name
        else:
            assert (list(found) if isinstance(value, list) else found) == value, name


# Values that are refused wherever a class has the argument.
NEGATIVE = "alpha anneal delta0 lam low_margin m2 m3 margin tau variance_weight weight"
ZERO = "concentration epsilon feature_scale gamma low_norm m1 power radius temperature"
BAD = dict.fromkeys(NEGATIVE.split(), [-1, NAN, "1"])
BAD |= dict.fromkeys(ZERO.split(), [0, -1, NAN])
BAD |= {
    "alternating": [0, 1.5, True],
    "bias": [[math.inf]],
    "center_rate": [-1, 1.5, "1"],
    "covariance": ["full"],
    "divisor": ["n"],
    "epoch_offset": [0.5],
    "exclude": ["bn"],
    "high_margin": [math.pi, "1"],
    "l2": [-0.1, NAN, "5e-4"],
    "momentum": [-1, 1.5],
    "norm": ["cubic"],
    "norm_of": ["weights"],
    "normalise": ["n"],
    "normalise_features": [10],
    "priors": [[1, 2], [1, 2, 0]],
    "prototypes_per_class": [0],
    "reserved": [-1, 1.5],
    "root": [0.5],
    "scale": [0, -1, "large"],
    "score": ["size"],
    "sub_centers": [0, 1.5],
    "sync": ["local"],
    "threshold": [NAN],
    "units": [0, 2.5],
}
# At a margin of pi the target's logit would rise again.
MORE = {
    losses.ASoftmaxLoss: {"margin": [0, 2.5]},
    losses.ArcFaceLoss: {"margin": [math.pi]},
    layers.AdaFaceDense: {"margin": [math.pi]},
    layers.AngularDense: {"margin": [0]},
    layers.PEDCC: {"alpha": [128]},
    layers.MagFaceDense: {"low_margin": [0.9], "low_norm": [110]},
    losses.CombinedMarginLoss: {"m2": [math.pi]},
    losses.MagFaceNormLoss: {"low_norm": [110]},
    layers.RBFLogits: {"gamma": [None]},
    layers.PrototypeLogits: {"alpha": [0.0]},
    optimizers.L2SGD: {"momentum": [1.0]},
}


@EVERY
def test_bad_values_are_named(kind):
    needed = {"num_classes": 3} if issubclass(kind, layers.Head) else {}
    for name in inspect.signature(kind).parameters:
        for value in BAD.get(name, []) + MORE.get(kind, {}).get(name, []):
            with pytest.raises(ValueError, match=f"`{name}`") as raised:
                kind(**needed, **{name: value})
            assert repr(value) in str(raised.value) or "got" in str(raised.value)
