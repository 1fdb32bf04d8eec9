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
NONE = inspect.Parameter.empty
K = {"num_classes": (NONE, 3)}
LEARNED = {"kernel_initializer": ("glorot_uniform", "Ones")}
WEIGHT = {"weight": (1.0, 0.3)}
EXACT = {"exact": (False, True)}
SYNC = {"sync": ("global", "replica")}
DIVISOR = {"divisor": ("k-1", "k")}
BIAS = {"use_bias": (True, False)}
AUTO = {"scale": ("auto", 7.0)}
NORMS = {"low_norm": (10.0, 5.0), "high_norm": (110.0, 50.0)}
# The default of each argument, in their order, and another value.
ARGUMENTS = {
    losses.ASoftmaxLoss: {"margin": (4, 3), **AUTO, "anneal": (0.0, 0.5)},
    losses.AMSoftmaxLoss: {"margin": (0.35, 0.1), **AUTO},
    losses.ArcFaceLoss: {"margin": (0.5, 0.2), **AUTO},
    losses.BarlowDecorrelationLoss: {"weight": (0.005, 0.3)},
    losses.BatchHardTripletLoss: {**WEIGHT, "margin": (None, 0.2)},
    losses.COTLoss: {**WEIGHT, **DIVISOR},
    losses.CenterLoss: {"weight": (0.003, 0.3)},
    losses.CombinedMarginLoss: {
        "m1": (1.0, 0.9),
        "m2": (0.0, 0.4),
        "m3": (0.0, 0.15),
        **AUTO,
    },
    losses.CompetingNaCLoss: {"weight": (0.1, 0.3), "scale": (16.0, 9.0)},
    losses.ComplementEntropyLoss: {**WEIGHT, **DIVISOR},
    losses.CosSoftmaxLoss: AUTO,
    losses.CosineLoss: WEIGHT,
    losses.CosineMSELoss: {},
    losses.CrossEntropyLoss: {"scale": (1.0, 7.0)},
    losses.FeatureIncayLoss: {
        "weight": (0.1, 0.3),
        "power": (2.0, 1.0),
        "epsilon": (1.0, 0.1),
        "correct_only": (False, True),
    },
    losses.GaussianLikelihoodLoss: {"weight": (0.1, 0.3)},
    losses.LGMLoss: {"margin": (0.1, 0.3)},
    losses.MagFaceNormLoss: {"weight": (35.0, 0.3), **NORMS},
    losses.NaCLoss: {},
    losses.PEDCCLoss: {
        "margin": (0.5, 0.35),
        "scale": (10.0, 7.5),
        "lam": (1.0, 0.5),
        "root": (1.0, 2.0),
    },
    losses.PrototypeLoss: {"weight": (0.01, 0.3)},
    losses.RingLoss: {"weight": (0.01, 0.3)},
    losses.SelfCorrelationLoss: {
        **WEIGHT,
        "normalise": ("n-1", None),
        "center": (False, True),
        "standardise": (False, True),
        "weighted": (False, True),
        **SYNC,
    },
    losses.SupConLoss: {**WEIGHT, "temperature": (0.1, 0.5)},
    losses.VICRegCovarianceLoss: {**WEIGHT, "variance_weight": (0.0, 2.0)},
    layers.AdaCosDense: {**K, "dynamic": (True, False), **LEARNED},
    layers.AdaFaceDense: {
        **K,
        "margin": (0.4, 0.3),
        "concentration": (0.333, 0.5),
        "momentum": (0.99, 0.9),
        **LEARNED,
    },
    layers.AngularDense: {
        **K,
        "margin": (4, 2),
        "normalise_weights": (True, False),
        "anneal": (5.0, 0.5),
        **LEARNED,
    },
    layers.Calibration: {"temperature": (1.0, 2.0), "bias": (None, [0.5, -1.0])},
    layers.CenterDense: {
        **K,
        "center_rate": (0.5, 0.25),
        "centers_initializer": ("zeros", "Ones"),
        **BIAS,
        **LEARNED,
    },
    layers.ComplementDense: {**K, **BIAS, **LEARNED},
    layers.CosineDense: {
        **K,
        "normalise_features": (True, False),
        "normalise_weights": (True, False),
        **LEARNED,
        "rising_margin": (False, True),
        "sub_centers": (1, 2),
    },
    layers.GaussianMixture: {**K, "covariance": ("identity", "shared"), **LEARNED},
    layers.KnownThreshold: {"score": ("cosine", "norm"), "threshold": (-math.inf, 2.0)},
    layers.LogitAdjustedDense: {
        **K,
        "tau": (1.0, 0.5),
        "priors": (None, [3.0, 2.0, 1.0]),
        **BIAS,
        **LEARNED,
    },
    layers.MagFaceDense: {
        **K,
        "low_margin": (0.45, 0.1),
        "high_margin": (0.8, 0.5),
        **NORMS,
        **LEARNED,
    },
    layers.PEDCC: {
        **K,
        "alpha": (0.01, 0.2),
        "centroids": (None, None),
        "seed": (0, 4),
        "norm": ("additive", "quadratic"),
        "delta0": (None, 0.05),
        "epoch_offset": (0, -1),
        "norm_of": ("features", "scores"),
        "reserved": (0, 2),
    },
    layers.PrototypeLogits: {
        **K,
        "prototypes_per_class": (1, 2),
        "alpha": (1.0, 0.5),
        **LEARNED,
        **EXACT,
    },
    layers.RBFLogits: {
        **K,
        "scale": (4.0, 2.0),
        "gamma": (2.0, 3.0),
        "feature_scale": (None, 0.5),
        **LEARNED,
        **EXACT,
    },
    layers.RBFNetwork: {
        **K,
        "units": (None, 5),
        "gamma": (2.0, 3.0),
        "feature_scale": (None, 0.5),
        **BIAS,
        **LEARNED,
        **EXACT,
    },
    layers.RingDense: {**K, "radius": (None, 2.0), **BIAS, **LEARNED},
    layers.ScaledBatchNormalization: {
        "scale": (1.0, 0.8),
        "momentum": (0.9, 0.8),
        "epsilon": (1e-5, 1e-3),
        **SYNC,
    },
    optimizers.L2SGD: {
        "learning_rate": (0.1, 0.2),
        "momentum": (0.9, 0.8),
        "nesterov": (False, True),
        "l2": (5e-4, 1e-3),
        "exclude": ((), ["bn", "bias"]),
        "alternating": (1, 2),
    },
}
EVERY = pytest.mark.parametrize("kind", ARGUMENTS, ids=lambda kind: kind.__name__)
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


@EVERY
def test_defaults(kind):
    parameters = inspect.signature(kind).parameters
    for name, (default, other) in ARGUMENTS[kind].items():
        assert parameters[name].default == default, name
        assert other != default or name == "centroids"


@EVERY
def test_arguments_come_back(kind):
    arguments = {name: other for name, (_, other) in ARGUMENTS[kind].items()}
    if issubclass(kind, keras.losses.Loss):
        arguments |= LOSS
    elif kind is optimizers.L2SGD:
        arguments["name"] = "mine"
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
