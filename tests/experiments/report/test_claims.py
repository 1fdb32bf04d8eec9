import pytest

from keras_pod.experiments.report.claims import decide
from keras_pod.experiments.report.measurements import measure
from keras_pod.experiments.report.runs import Run
from keras_pod.experiments.run.run_folder import RunFolder
from tests.experiments.report.conftest import made_up

TEST, VECTORS = made_up()


def pair(loss, seed=0, epochs=2, fixed=False, **numbers):
    """A run and what was measured of it."""
    settings = {"loss": loss, "options": {}, "lr": 0.1, "seed": seed, "epochs": epochs}
    run = Run(RunFolder(f"{loss}-{seed}"), {"settings": settings}, [], loss, loss)
    measured = measure(TEST, TEST, VECTORS, fixed)
    measured.numbers.clear()
    measured.numbers.update(numbers)
    return run, measured


def seeds(loss, fixed=False, **numbers):
    return [
        pair(loss, seed, fixed=fixed, **dict(zip(numbers, values, strict=True)))
        for seed, values in enumerate(zip(*numbers.values(), strict=True))
    ]


def one(runs, claim):
    (found,) = [f for f in decide(runs) if f.claim == claim]
    return found


@pytest.mark.parametrize(
    ("claim", "number", "unit", "nac", "cosine", "about", "value"),
    [
        ("C7", "accuracy", "points", (92, 93, 95), (90, 92, 93), "nac - cosine", 5 / 3),
        # A smaller number may be what is claimed.
        (
            "C6",
            "spread",
            "difference",
            (1, 1.1, 1),
            (2, 2.2, 2),
            "cosine - nac",
            3.1 / 3,
        ),
    ],
)
def test_methods_are_compared_by_seed(claim, number, unit, nac, cosine, about, value):
    found = one(
        seeds("nac", **{number: nac}) + seeds("cosine", **{number: cosine}), claim
    )
    assert (found.decision, found.about) == ("holds", about)
    assert (found.n, found.unit) == ("3 seeds", unit)
    assert found.value == pytest.approx(value)


def test_claims_are_in_their_order():
    runs = [pair("pod", span=0.99, simplex_error=0.0, delta_error=0.0)]
    assert [f.claim for f in decide(runs)] == ["C1", "C13", "C16"]


@pytest.mark.parametrize(("epochs", "claims"), [(2, ["C19", "C21"]), (3, [])])
def test_runs_that_differ_in_more_than_the_method_are_not_compared(epochs, claims):
    runs = [pair("pod", epochs=epochs, accuracy=0.9), pair("softmax", accuracy=0.8)]
    assert [f.claim for f in decide(runs)] == claims


def test_gaussians_are_claimed_to_lose_to_cosines_to_fixed_centroids():
    numbers = {"accuracy": (0.97, 0.98, 0.98), "accuracy_gaussian": (0.9, 0.92, 0.93)}
    found = one(seeds("pod", fixed=True, **numbers), "C23")
    assert found.decision == "holds" and found.n == "3 seeds"
    assert decide(seeds("pod", fixed=False, **numbers)) == []


def test_two_numbers_of_each_model():
    more, less = "distance_variance_in_classes", "score_variance_in_classes"
    high, low = (0.9, 0.92, 0.91), (0.7, 0.71, 0.72)
    for large, small, decision in ((high, low, "holds"), (low, high, "does not hold")):
        found = one(seeds("rbf-softmax", **{more: large, less: small}), "C25")
        assert (found.decision, found.unit) == (decision, "difference")
    few = one(seeds("rbf-softmax", **{more: (1,), less: (0,)}), "C25")
    assert few.decision == "not decided"
