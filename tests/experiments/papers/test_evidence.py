import numpy as np
import pytest
from scipy import stats

from keras_pod.experiments.papers.evidence import (
    FAILS,
    HOLDS,
    OPEN,
    Result,
    compared,
    difference,
)


def test_the_interval_is_that_of_a_paired_t_test():
    rng = np.random.default_rng(0)
    a, b = rng.normal(1, 1, 6), rng.normal(0, 1, 6)
    expected = stats.ttest_rel(a, b).confidence_interval(0.95)
    found = difference(dict(enumerate(a)), dict(enumerate(b)), "a - b", "size")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.n == "6 seeds" and found.value == pytest.approx((a - b).mean())


@pytest.mark.parametrize(
    ("a", "b", "decision", "told"),
    [
        (
            {0: 5, 1: 5.1, 2: 4.9},
            {0: 3, 1: 3, 2: 3},
            HOLDS,
            "+2 [+1.75, +2.25], 3 seeds",
        ),
        ({0: 1, 1: 1.1, 2: 0.9}, {0: 3, 1: 3, 2: 3}, FAILS, "-2 ["),
        ({0: 3, 1: 5, 2: 1}, {0: 3, 1: 3, 2: 3}, OPEN, "+0 ["),
        # Only seeds that both have count; two, none, and equal gaps decide nothing.
        ({0: 1, 1: 2, 5: 99}, {0: 0, 1: 1, 7: -99}, OPEN, "+1, 2 seeds; it takes 3"),
        ({0: 1.0}, {1: 1.0}, OPEN, "no seed in common"),
        ({0: 1.28, 1: 2.28, 2: 3.28}, {0: 1.0, 1: 2.0, 2: 3.0}, OPEN, "+0.28 ["),
    ],
)
def test_decisions(a, b, decision, told):
    found = difference(a, b, "a - b", "size")
    assert found.decision == decision and found.text.startswith(f"a - b: {told}")


def test_how_numbers_are_told():
    def result(name, number, *values):
        return Result(name, {"loss": name}, {number: dict(enumerate(values))})

    nac = result("nac", "energy", 1.82e-8, 1.80e-8, 1.85e-8)
    pod = result("pod", "energy", 1.53e-8, 1.50e-8, 1.54e-8)
    assert compared(nac, pod, "energy").text.startswith("nac - pod: +3e-09 [")
    nac, pod = result("nac", "accuracy", 0.9), result("pod", "accuracy", 0.92)
    assert compared(pod, nac).text == "pod - nac: +2.00, 1 seed; it takes 3"


def test_what_has_to_be_the_same():
    options = {"lam": 1.0, "norm": "additive"}
    settings = {"loss": "pod", "dim": 8, "lr": 0.1, "options": options}

    def shared(*free, **changes):
        return Result("", settings | changes, {}).shared(*free)

    assert shared() == shared(loss="nac", lr=1.0, options={})
    assert shared() != shared(dim=9) and shared("dim") == shared("dim", dim=9)
    assert shared("lam") == shared("lam", options=options | {"lam": 2.0})
    assert shared("lam") != shared("lam", options=options | {"norm": "quadratic"})
