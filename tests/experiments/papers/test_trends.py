import pytest

from keras_pod.experiments.papers.evidence import FAILS, HOLDS, Result
from keras_pod.experiments.papers.trends import (
    alpha_of_a_hundredth,
    distances_vary,
    loss_is_flat_in_lambda,
    size_is_between,
    smallest_size_hurts,
)


def result(value, number="accuracy", loss="pod", **settings):
    seeds = {s: value + 1e-6 * (s * value) ** 2 for s in range(3)}
    settings = {"loss": loss, "data": "digits", "options": {}} | settings
    return Result(f"{loss} {settings}", settings, {number: seeds})


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


def test_the_loss_over_lambda():
    def losses(values, large=()):
        found = loss_is_flat_in_lambda(
            [result(v, "loss", options={"lam": lam}) for lam, v in values + list(large)]
        )
        return [f.decision for f in found]

    flat = [(0.01, 1.0), (1.0, 1.05), (100.0, 1.1)]
    assert losses(flat) == [HOLDS]
    # Beyond 1000 it may rise.
    assert losses(flat, [(1e5, 9.0)]) == [HOLDS]
    assert losses([*flat, (1000.0, 1.5)]) == [FAILS]
    assert losses(flat[:2]) == []


def test_alpha():
    def decisions(**accuracy):
        runs = [
            result(v, options={"alpha": float(a[1:]) / 1000})
            for a, v in accuracy.items()
        ]
        return [f.decision for f in alpha_of_a_hundredth(runs)]

    assert decisions(a0=0.90, a10=0.91, a100=0.50) == [HOLDS, HOLDS]
    assert decisions(a0=0.92, a10=0.91, a100=0.90) == [FAILS, FAILS]
    assert decisions(a10=0.91, a100=0.80) == [HOLDS]
    assert decisions(a0=0.9) == []


def test_sizes():
    runs = [result(v, dim=n) for n, v in ((9, 0.90), (32, 0.95), (512, 0.94))]
    (best,) = size_is_between(runs)
    assert best.decision == HOLDS and best.value == pytest.approx(0.01, rel=1e-3)
    (small,) = smallest_size_hurts(runs)
    assert small.decision == HOLDS and small.value == pytest.approx(0.05, rel=1e-3)
    assert smallest_size_hurts(runs[1:]) == [] == size_is_between(runs[1:2])


def test_early_distances():
    def decide(variance):
        numbers = {"distance_mean": {0: 2.0, 1: 4.0}, "distance_variance": variance}
        return distances_vary([Result("n = 2", {"loss": "softmax"}, numbers)])[0]

    assert decide({0: 4.0, 1: 16.0}).decision == HOLDS
    found = decide({0: 4.0, 1: 1.0})
    assert found.decision == FAILS and found.value == 0.25
