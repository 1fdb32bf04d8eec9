import pytest

from keras_pod.experiments.papers.evidence import FAILS, HOLDS, Result
from keras_pod.experiments.papers.trends import (
    alpha_of_a_hundredth,
    distances_vary,
    loss_is_flat_in_lambda,
    size_is_between,
    smallest_size_hurts,
)


def decide(claim, number, setting, values):
    """The decisions on a claim by values at some values of a setting or an option."""
    results = []
    for given, value in values.items():
        seeds = {s: value + 1e-6 * (s * value) ** 2 for s in range(3)}
        settings = {"loss": "pod", "data": "digits", "options": {setting: given}}
        if setting == "dim":
            settings |= {"options": {}, "dim": given}
        results.append(Result(f"{setting} = {given}", settings, {number: seeds}))
    return [found.decision for found in claim(results)]


@pytest.mark.parametrize(
    ("data", "k"),
    [
        ("cifar10", 10),
        ("cifar100", 100),
        ("tiny_imagenet", 200),
        ("imagenet-30", 30),
        ("imagenet", 1000),
        ("facescrub-361", 361),
        ("digits-8", 8),
        ("/photos/2019", None),
    ],
)
def test_classes(data, k):
    assert Result("", {"data": data}, {}).num_classes == k


FLAT = {0.01: 1.0, 1.0: 1.05, 100.0: 1.1}


@pytest.mark.parametrize(
    ("values", "decisions"),
    [
        (FLAT, [HOLDS]),
        # Beyond 1000 it may rise.
        (FLAT | {1e5: 9.0}, [HOLDS]),
        (FLAT | {1000.0: 1.5}, [FAILS]),
        ({0.01: 1.0, 1.0: 1.05}, []),
    ],
)
def test_the_loss_over_lambda(values, decisions):
    assert decide(loss_is_flat_in_lambda, "loss", "lam", values) == decisions


@pytest.mark.parametrize(
    ("values", "decisions"),
    [
        ({0.0: 0.90, 0.01: 0.91, 0.1: 0.50}, [HOLDS, HOLDS]),
        ({0.0: 0.92, 0.01: 0.91, 0.1: 0.90}, [FAILS, FAILS]),
        ({0.01: 0.91, 0.1: 0.80}, [HOLDS]),
        ({0.0: 0.9}, []),
    ],
)
def test_alpha(values, decisions):
    assert decide(alpha_of_a_hundredth, "accuracy", "alpha", values) == decisions


@pytest.mark.parametrize(
    ("values", "between", "hurts"),
    [
        ({9: 0.90, 32: 0.95, 512: 0.94}, [HOLDS], [HOLDS]),
        ({9: 0.96, 32: 0.93, 512: 0.94}, [FAILS], [FAILS]),
        ({32: 0.95, 512: 0.94}, [HOLDS], []),
        ({32: 0.95}, [], []),
    ],
)
def test_sizes(values, between, hurts):
    assert decide(size_is_between, "accuracy", "dim", values) == between
    assert decide(smallest_size_hurts, "accuracy", "dim", values) == hurts


@pytest.mark.parametrize(
    ("variance", "decision", "least"),
    [({0: 4.0, 1: 16.0}, HOLDS, 1.0), ({0: 4.0, 1: 1.0}, FAILS, 0.25)],
)
def test_early_distances(variance, decision, least):
    numbers = {"distance_mean": {0: 2.0, 1: 4.0}, "distance_variance": variance}
    (found,) = distances_vary([Result("n = 2", {"loss": "softmax"}, numbers)])
    assert found.decision == decision and found.value == least
