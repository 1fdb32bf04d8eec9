import numpy as np
import pytest
from scipy import stats

from keras_pod.experiments.papers.evidence import (
    HOLDS,
    OPEN,
    Result,
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
        ([5, 5.1, 4.9], [3, 3, 3], HOLDS, "+2 [+1.75, +2.25], 3 seeds"),
        ([3, 5, 1], [3, 3, 3], OPEN, "+0 ["),
        # Only seeds that both have count; two, none, and equal gaps decide nothing.
        ([1, 2], [0, 1, -99], OPEN, "+1, 2 seeds; it takes 3"),
        ([1.0], [], OPEN, "no seed in common"),
        ([1.28, 2.28, 3.28], [1.0, 2.0, 3.0], OPEN, "+0.28 ["),
        ([1.82e-8, 1.80e-8, 1.85e-8], [1.53e-8, 1.50e-8, 1.54e-8], HOLDS, "+3e-09 ["),
    ],
)
def test_decisions(a, b, decision, told):
    found = difference(dict(enumerate(a)), dict(enumerate(b)), "a - b", "size")
    assert found.decision == decision and found.text.startswith(f"a - b: {told}")


def test_what_has_to_be_the_same():
    options = {"lam": 1.0, "norm": "additive"}
    settings = {"loss": "pod", "dim": 8, "lr": 0.1, "options": options}

    def shared(*free, **changes):
        return Result("", settings | changes, {}).shared(*free)

    assert shared() == shared(loss="nac", lr=1.0, options={})
    assert shared() != shared(dim=9) and shared("dim") == shared("dim", dim=9)
    assert shared("lam") == shared("lam", options=options | {"lam": 2.0})
    assert shared("lam") != shared("lam", options=options | {"norm": "quadratic"})
