import dataclasses

import numpy as np
import pytest

from keras_pod.experiments.report.claims import decide
from keras_pod.experiments.report.measurements import measure
from keras_pod.experiments.report.runs import Run
from keras_pod.experiments.run.run_folder import RunFolder
from tests.experiments.report.conftest import made_up

TEST, VECTORS = made_up()
BASE = measure(TEST, TEST, VECTORS, fixed=False)


def pair(loss, seed=0, epochs=2, measured=BASE, **numbers):
    """A run and what was measured of it."""
    settings = {"loss": loss, "options": {}, "lr": 0.1, "seed": seed, "epochs": epochs}
    run = Run(RunFolder(f"{loss}-{seed}"), {"settings": settings}, [], loss, loss)
    return run, dataclasses.replace(measured, numbers=numbers)


def one(findings, claim):
    (found,) = [f for f in findings if f.claim == claim]
    return found


def test_methods_are_compared_seed_by_seed():
    nac = [pair("nac", s, accuracy=a) for s, a in enumerate((0.92, 0.93, 0.95))]
    cosine = [pair("cosine", s, accuracy=a) for s, a in enumerate((0.90, 0.92, 0.93))]
    found = one(decide(nac + cosine), "C7")
    gaps = np.array([0.02, 0.01, 0.02])
    reach = 4.302653 * gaps.std(ddof=1) / np.sqrt(3)
    assert found.decision == "holds" and found.about == "nac - cosine"
    assert found.value == pytest.approx(gaps.mean())
    assert [found.low, found.high] == pytest.approx(
        [gaps.mean() - reach, gaps.mean() + reach]
    )
    assert found.n == "3 seeds" and found.unit == "points"
    swapped = [pair("nac", r.seed, **m.numbers) for r, m in cosine]
    swapped += [pair("cosine", r.seed, **m.numbers) for r, m in nac]
    assert one(decide(swapped), "C7").decision == "does not hold"


def test_a_smaller_number_may_be_what_is_claimed():
    nac = [pair("nac", s, spread=a) for s, a in enumerate((0.1, 0.11, 0.1))]
    cosine = [pair("cosine", s, spread=a) for s, a in enumerate((0.2, 0.22, 0.2))]
    found = one(decide(nac + cosine), "C6")
    assert found.decision == "holds" and found.about == "cosine - nac"
    assert found.unit == "difference"


def test_too_few_seeds_decide_nothing():
    runs = [pair("pod", s, accuracy=0.9 + s / 100) for s in range(2)]
    runs += [pair("softmax", s, accuracy=0.8) for s in range(2)]
    found = one(decide(runs), "C19")
    assert found.decision == "not decided" and found.low is None
    assert found.value == pytest.approx(0.105)
    assert found.n == "2 seeds; it takes 3"
    runs = [pair("pod", 0, accuracy=0.9), pair("softmax", 1, accuracy=0.8)]
    assert one(decide(runs), "C19").n == "no seed in common"


def test_runs_that_differ_in_more_than_the_method_are_not_compared():
    runs = [pair("pod", epochs=2, accuracy=0.9), pair("softmax", accuracy=0.8)]
    assert "C19" in [f.claim for f in decide(runs)]
    runs = [pair("pod", epochs=3, accuracy=0.9), pair("softmax", accuracy=0.8)]
    assert decide(runs) == []


def test_accuracy_by_norm_of_one_run_by_its_images():
    # 56 of 70 and 48 of 80 right: Newcombe (1998), table II a, method 10.
    right = np.r_[np.ones(56), np.zeros(14), np.ones(48), np.zeros(32)]
    norms = np.r_[np.full(70, 2.0), np.full(80, 1.0)]
    measured = dataclasses.replace(
        BASE,
        labels=np.ones(150, int),
        predicted=right.astype(int),
        norms=norms,
    )
    numbers = {"accuracy_low_norm": 0.6, "accuracy_high_norm": 0.8}
    found = one(decide([pair("softmax", measured=measured, **numbers)]), "C4")
    assert found.decision == "holds"
    assert [found.value, found.low, found.high] == pytest.approx(
        [0.2, 0.0524, 0.3339], abs=1e-4
    )
    assert found.n == "150 images of this run"


def test_accuracy_by_norm_of_three_runs_by_their_seeds():
    runs = [
        pair("pod", s, accuracy_low_norm=0.7 + s / 100, accuracy_high_norm=0.9)
        for s in range(3)
    ]
    found = one(decide(runs), "C4")
    assert found.n == "3 seeds" and found.decision == "holds"
    assert found.value == pytest.approx(0.19)


def test_cosines_against_gaussians_on_the_same_images():
    labels = np.zeros(400, int)
    predicted = np.r_[np.zeros(390), np.ones(10)].astype(int)
    gaussian = np.r_[np.zeros(360), np.ones(40)].astype(int)
    measured = dataclasses.replace(
        BASE,
        labels=labels,
        predicted=predicted,
        gaussian=gaussian,
        fixed=True,
    )
    numbers = {"accuracy": 0.975, "accuracy_gaussian": 0.9}
    numbers |= {"span": 0.9}
    found = decide([pair("pod", measured=measured, **numbers)])
    gaps = np.r_[np.zeros(360), np.ones(30), np.zeros(10)]
    reach = 1.96 * gaps.std(ddof=1) / 20
    gaussians = one(found, "C23")
    assert gaussians.low == pytest.approx(gaps.mean() - reach)
    assert gaussians.decision == "holds"
    assert one(found, "C16").value == 0.9
    assert one(found, "C16").decision == "does not hold"
    assert [f.claim for f in found] == ["C16", "C23"]
    # In fewer dimensions than classes, the span is everything and says nothing.
    del numbers["span"]
    found = decide([pair("pod", measured=measured, **numbers)])
    assert [f.claim for f in found] == ["C23"]


@pytest.mark.parametrize(
    "claim, number, good, bad",
    [("C1", "simplex_error", 1e-8, 1e-3), ("C13", "delta_error", 1e-7, 0.5)],
)
def test_claims_without_a_spread(claim, number, good, bad):
    runs = [pair("pod", s, **{number: good}) for s in range(2)]
    found = one(decide(runs), claim)
    assert found.decision == "holds" and found.n == "2 runs" and found.value == good
    runs = [pair("pod", s, **{number: v}) for s, v in enumerate((good, bad))]
    found = one(decide(runs), claim)
    assert found.decision == "does not hold" and found.value == bad
