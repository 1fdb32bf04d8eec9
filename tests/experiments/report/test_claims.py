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


def pair(loss, seed=0, epochs=2, arrays=(), **numbers):
    """A run and what was measured of it."""
    settings = {"loss": loss, "options": {}, "lr": 0.1, "seed": seed, "epochs": epochs}
    run = Run(RunFolder(f"{loss}-{seed}"), {"settings": settings}, [], loss, loss)
    return run, dataclasses.replace(BASE, **dict(arrays), numbers=numbers)


def seeds(loss, **numbers):
    return [
        pair(loss, seed, **dict(zip(numbers, values, strict=True)))
        for seed, values in enumerate(zip(*numbers.values(), strict=True))
    ]


def one(runs, claim):
    (found,) = [f for f in decide(runs) if f.claim == claim]
    return found


def test_methods_are_compared_seed_by_seed():
    runs = seeds("nac", accuracy=(0.92, 0.93, 0.95), spread=(0.1, 0.11, 0.1))
    runs += seeds("cosine", accuracy=(0.90, 0.92, 0.93), spread=(0.2, 0.22, 0.2))
    for claim, about, value, unit in (
        ("C7", "nac - cosine", 0.05 / 3, "points"),
        # A smaller number may be what is claimed.
        ("C6", "cosine - nac", 0.31 / 3, "difference"),
    ):
        found = one(runs, claim)
        assert found.value == pytest.approx(value) and found.decision == "holds"
        assert (found.about, found.n, found.unit) == (about, "3 seeds", unit)


def test_claims_are_in_their_order():
    runs = [pair("pod", span=0.99, simplex_error=0.0, delta_error=0.0)]
    assert [f.claim for f in decide(runs)] == ["C1", "C13", "C16"]


@pytest.mark.parametrize(("epochs", "claims"), [(2, ["C19", "C21"]), (3, [])])
def test_runs_that_differ_in_more_than_the_method_are_not_compared(epochs, claims):
    runs = [pair("pod", epochs=epochs, accuracy=0.9), pair("softmax", accuracy=0.8)]
    assert [f.claim for f in decide(runs)] == claims


def test_accuracy_by_norm_of_one_run_by_its_images():
    # 56 of 70 and 48 of 80 right: Newcombe (1998), table II a, method 10.
    right = np.r_[np.ones(56), np.zeros(14), np.ones(48), np.zeros(32)].astype(int)
    norms, labels = np.r_[np.full(70, 2.0), np.full(80, 1.0)], np.ones(150, int)
    arrays = {"labels": labels, "predicted": right, "norms": norms}
    numbers = {"accuracy_low_norm": 0.6, "accuracy_high_norm": 0.8}
    found = one([pair("softmax", arrays=arrays, **numbers)], "C4")
    assert found.decision == "holds" and found.n == "150 images of this run"
    told = [found.value, found.low, found.high]
    assert told == pytest.approx([0.2, 0.0524, 0.3339], abs=1e-4)


def test_cosines_against_gaussians_on_the_same_images():
    arrays = {
        "labels": np.zeros(400, int),
        "predicted": np.r_[np.zeros(390), np.ones(10)].astype(int),
        "gaussian": np.r_[np.zeros(360), np.ones(40)].astype(int),
        "fixed": True,
    }
    numbers = {"accuracy": 0.975, "accuracy_gaussian": 0.9}
    found = one([pair("pod", arrays=arrays, **numbers)], "C23")
    gaps = np.r_[np.zeros(360), np.ones(30), np.zeros(10)]
    reach = 1.96 * gaps.std(ddof=1) / 20
    assert found.low == pytest.approx(gaps.mean() - reach)
    assert found.decision == "holds"
    # Gaussians are claimed to lose to cosines to fixed centroids.
    learned = arrays | {"fixed": False}
    assert decide([pair("pod", arrays=learned, **numbers)]) == []


def test_two_numbers_of_each_model_by_its_seeds():
    for claim, more, less in (
        ("C4", "accuracy_high_norm", "accuracy_low_norm"),
        ("C25", "distance_variance_in_classes", "score_variance_in_classes"),
    ):
        high, low = (0.9, 0.92, 0.91), (0.7, 0.71, 0.72)
        found = one(seeds("rbf-softmax", **{more: high, less: low}), claim)
        assert found.decision == "holds" and found.n == "3 seeds"
        found = one(seeds("rbf-softmax", **{more: low, less: high}), claim)
        assert found.decision == "does not hold"
