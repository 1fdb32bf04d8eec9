"""The arguments of every loss, layer and optimizer: kept in a config, and checked.

Configs are compared with the literal values that were given: a key that is missing
on both sides of a round trip would be equal to itself.
"""

import inspect
import math

import keras
import numpy as np
import pytest

from keras_pod import layers, losses, optimizers

LOSS = {"reduction": "none", "name": "mine", "dtype": "float64"}
LEARNED = {"kernel_initializer": "Ones"}
# A value for each argument, in their order, none of which is the default.
ARGUMENTS = {
    losses.ASoftmaxLoss: {"margin": 3, "scale": 5.0, "anneal": 0.5},
    losses.AMSoftmaxLoss: {"margin": 0.1, "scale": 7.0},
    losses.ArcFaceLoss: {"margin": 0.2, "scale": 8.0},
    losses.BarlowDecorrelationLoss: {"weight": 0.3},
    losses.BatchHardTripletLoss: {"weight": 0.3, "margin": 0.2},
    losses.COTLoss: {"weight": 0.3, "divisor": "k"},
    losses.CenterLoss: {"weight": 0.3},
    losses.CombinedMarginLoss: {"m1": 0.9, "m2": 0.4, "m3": 0.15, "scale": 9.0},
    losses.CompetingNaCLoss: {"weight": 0.3, "scale": 9.0},
    losses.ComplementEntropyLoss: {"weight": 0.3, "divisor": "k"},
    losses.CosSoftmaxLoss: {"scale": 7.0},
    losses.CosineLoss: {"weight": 0.3},
    losses.CosineMSELoss: {},
    losses.CrossEntropyLoss: {"scale": 7.0},
    losses.FeatureIncayLoss: {
        "weight": 0.3,
        "power": 1.0,
        "epsilon": 0.1,
        "correct_only": True,
    },
    losses.GaussianLikelihoodLoss: {"weight": 0.3},
    losses.LGMLoss: {"margin": 0.3},
    losses.MagFaceNormLoss: {"weight": 0.3, "low_norm": 5.0, "high_norm": 50.0},
    losses.NaCLoss: {},
    losses.PEDCCLoss: {"margin": 0.35, "scale": 7.5, "lam": 0.5, "root": 2.0},
    losses.PrototypeLoss: {"weight": 0.3},
    losses.RingLoss: {"weight": 0.3},
    losses.SelfCorrelationLoss: {
        "weight": 0.3,
        "normalise": None,
        "center": True,
        "standardise": True,
        "sync": "replica",
    },
    losses.SupConLoss: {"weight": 0.3, "temperature": 0.5},
    losses.VICRegCovarianceLoss: {"weight": 0.3, "variance_weight": 2.0},
    layers.AdaCosDense: {"num_classes": 3, "dynamic": False, **LEARNED},
    layers.AdaFaceDense: {
        "num_classes": 3,
        "margin": 0.3,
        "concentration": 0.5,
        "momentum": 0.9,
        **LEARNED,
    },
    layers.AngularDense: {
        "num_classes": 3,
        "margin": 2,
        "normalise_weights": False,
        "anneal": 0.5,
        **LEARNED,
    },
    layers.Calibration: {"temperature": 2.0, "bias": [0.5, -1.0]},
    layers.CenterDense: {
        "num_classes": 3,
        "center_rate": 0.25,
        "centers_initializer": "Ones",
        "use_bias": False,
        **LEARNED,
    },
    layers.ComplementDense: {"num_classes": 3, "use_bias": False, **LEARNED},
    layers.CosineDense: {
        "num_classes": 3,
        "normalise_features": False,
        "normalise_weights": False,
        **LEARNED,
        "rising_margin": True,
        "sub_centers": 2,
    },
    layers.GaussianMixture: {"num_classes": 3, "covariance": "shared", **LEARNED},
    layers.KnownThreshold: {"score": "norm", "threshold": 2.0},
    layers.LogitAdjustedDense: {
        "num_classes": 3,
        "tau": 0.5,
        "priors": [3.0, 2.0, 1.0],
        "use_bias": False,
        **LEARNED,
    },
    layers.MagFaceDense: {
        "num_classes": 3,
        "low_margin": 0.1,
        "high_margin": 0.5,
        "low_norm": 5.0,
        "high_norm": 50.0,
        **LEARNED,
    },
    layers.PEDCC: {
        "num_classes": 3,
        "alpha": 0.2,
        "centroids": None,
        "seed": 4,
        "norm": "quadratic",
        "delta0": 0.05,
        "epoch_offset": -1,
        "norm_of": "scores",
        "reserved": 2,
    },
    layers.PrototypeLogits: {
        "num_classes": 3,
        "prototypes_per_class": 2,
        "alpha": 0.5,
        **LEARNED,
        "exact": True,
    },
    layers.RBFLogits: {
        "num_classes": 3,
        "scale": 2.0,
        "gamma": 3.0,
        "feature_scale": 0.5,
        **LEARNED,
        "exact": True,
    },
    layers.RBFNetwork: {
        "num_classes": 3,
        "units": 5,
        "gamma": 3.0,
        "feature_scale": 0.5,
        "use_bias": False,
        **LEARNED,
        "exact": True,
    },
    layers.RingDense: {"num_classes": 3, "radius": 2.0, "use_bias": False, **LEARNED},
    layers.ScaledBatchNormalization: {
        "scale": 0.8,
        "momentum": 0.8,
        "epsilon": 1e-3,
        "sync": "replica",
    },
    optimizers.L2SGD: {
        "learning_rate": 0.2,
        "momentum": 0.8,
        "nesterov": True,
        "l2": 1e-3,
        "exclude": ["bn", "bias"],
        "alternating": 2,
    },
}
KERAS = {
    keras.Loss: keras.losses,
    keras.Layer: keras.layers,
    keras.Optimizer: keras.optimizers,
}
# Bases, which have no config of their own.
BASES = {layers.Head}


def public(module):
    found = [getattr(module, name) for name in dir(module)]
    return {
        one for one in found if inspect.isclass(one) and issubclass(one, tuple(KERAS))
    }


def test_every_public_class_is_here():
    found = set().union(*map(public, (losses, layers, optimizers)))
    assert found - BASES == set(ARGUMENTS)


def given(kind):
    """All arguments of a class, by name."""
    if issubclass(kind, keras.losses.Loss):
        return {**ARGUMENTS[kind], **LOSS}
    name = {"name": "mine"}
    return ARGUMENTS[kind] | (name if kind is optimizers.L2SGD else {})


@pytest.mark.parametrize("kind", ARGUMENTS, ids=lambda kind: kind.__name__)
def test_arguments_come_back(kind):
    arguments = given(kind)
    parameters = inspect.signature(kind).parameters.values()
    named = [p for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    assert {p.name for p in named} <= {*arguments, "dtype"}
    by_place = [p.name for p in named if p.kind is p.POSITIONAL_OR_KEYWORD]
    by_name = {n: v for n, v in arguments.items() if n not in by_place}
    one = kind(*[arguments[name] for name in by_place], **by_name)
    check(one.get_config(), arguments)
    module = next(m for base, m in KERAS.items() if issubclass(kind, base))
    again = module.deserialize(module.serialize(one))
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


@pytest.mark.parametrize("kind", ARGUMENTS, ids=lambda kind: kind.__name__)
def test_no_argument_here_is_the_default(kind):
    for parameter in inspect.signature(kind).parameters.values():
        if parameter.name in given(kind) and parameter.name != "centroids":
            assert given(kind)[parameter.name] != parameter.default, parameter.name


NAN = math.nan
# Values that are refused. At a margin of pi the target's logit would rise again.
BAD = {
    losses.ASoftmaxLoss: {"margin": [0, 2.5], "scale": [0], "anneal": [-1]},
    losses.AMSoftmaxLoss: {"margin": [-1], "scale": [0, "large"]},
    losses.ArcFaceLoss: {"margin": [-0.1, math.pi], "scale": [0]},
    losses.BarlowDecorrelationLoss: {"weight": [-1]},
    losses.BatchHardTripletLoss: {"weight": [-1], "margin": [-1]},
    losses.COTLoss: {"weight": [-1], "divisor": ["n"]},
    losses.CenterLoss: {"weight": [-1]},
    losses.CombinedMarginLoss: {
        "m1": [0],
        "m2": [-0.1, math.pi],
        "m3": [-1, NAN],
        "scale": [-1],
    },
    losses.CompetingNaCLoss: {"weight": [-1], "scale": [0]},
    losses.ComplementEntropyLoss: {"weight": [-1], "divisor": ["n"]},
    losses.CosSoftmaxLoss: {"scale": [0]},
    losses.CosineLoss: {"weight": [-1]},
    losses.CrossEntropyLoss: {"scale": [0]},
    losses.FeatureIncayLoss: {"weight": [-1], "power": [0], "epsilon": [0]},
    losses.GaussianLikelihoodLoss: {"weight": [-1]},
    losses.LGMLoss: {"margin": [-1]},
    losses.MagFaceNormLoss: {"weight": [-1], "low_norm": [0, 200]},
    losses.PEDCCLoss: {"margin": [-1], "scale": [0], "lam": [-1], "root": [0.5]},
    losses.PrototypeLoss: {"weight": [-1]},
    losses.RingLoss: {"weight": [-1]},
    losses.SelfCorrelationLoss: {
        "weight": [-1, NAN],
        "normalise": ["n"],
        "sync": ["local"],
    },
    losses.SupConLoss: {"weight": [-1], "temperature": [0]},
    losses.VICRegCovarianceLoss: {"weight": [-1], "variance_weight": [-1]},
    layers.AdaFaceDense: {
        "margin": [-1, math.pi],
        "concentration": [0],
        "momentum": [-1, 1.5],
    },
    layers.AngularDense: {"margin": [0], "anneal": [-1]},
    layers.Calibration: {"temperature": [0, NAN], "bias": [[math.inf]]},
    layers.CenterDense: {"center_rate": [1.5]},
    layers.CosineDense: {"sub_centers": [0, 1.5]},
    layers.GaussianMixture: {"covariance": ["full"]},
    layers.KnownThreshold: {"score": ["size"], "threshold": [NAN]},
    layers.LogitAdjustedDense: {"tau": [-1], "priors": [[1, 2], [1, 2, 0]]},
    layers.MagFaceDense: {
        "low_margin": [-1, 0.9],
        "high_margin": [math.pi],
        "low_norm": [0, 110],
    },
    layers.PEDCC: {
        "alpha": [-1, NAN],
        "norm": ["cubic"],
        "delta0": [-1],
        "epoch_offset": [0.5],
        "norm_of": ["weights"],
        "reserved": [-1, 1.5],
    },
    layers.PrototypeLogits: {"prototypes_per_class": [0], "alpha": [0.0]},
    layers.RBFLogits: {"scale": [0], "gamma": [-1, None], "feature_scale": [0]},
    layers.RBFNetwork: {"units": [0, 2.5], "gamma": [0], "feature_scale": [-1]},
    layers.RingDense: {"radius": [0]},
    layers.ScaledBatchNormalization: {
        "scale": [0],
        "momentum": [2],
        "epsilon": [0],
        "sync": ["local"],
    },
}


@pytest.mark.parametrize("kind", BAD, ids=lambda kind: kind.__name__)
def test_bad_values_are_named(kind):
    needed = {"num_classes": 3} if issubclass(kind, layers.Head) else {}
    for name, values in BAD[kind].items():
        for value in values:
            with pytest.raises(ValueError, match=f"`{name}`"):
                kind(**needed, **{name: value})
