import re

import pytest

from keras_pod import methods
from keras_pod.experiments.papers.claims import CLAIMS, findings
from keras_pod.experiments.papers.evidence import NUMBERS, Result
from keras_pod.experiments.papers.recipes import TABLES
from keras_pod.layers import CosineDense


def decided(name, *results, **settings):
    """The decisions on a claim by results (loss, number, value of three seeds)."""
    made = [
        Result(
            loss,
            {"loss": loss, "data": "digits", "l2": 5e-4, "options": {}} | settings,
            {number: {s: value + 1e-6 * value * s**2 for s in range(3)}},
        )
        for loss, number, value in results
    ]
    return [found.decision for found in findings(name, made)]


@pytest.mark.parametrize("name", CLAIMS)
def test_claims_name_losses_and_numbers_that_there_are(name):
    test = CLAIMS[name].test
    losses, numbers = (
        {word for field in fields for word in getattr(test, field, "").split()}
        for fields in (
            ("larger", "smaller", "losses", "loss"),
            ("number", "more", "less"),
        )
    )
    assert numbers <= set(NUMBERS) and losses <= set(methods.METHODS)
    if numbers & {"off_center", "tightness"}:
        # Lengths that are free are not compared.
        for loss in losses:
            assert not isinstance(methods.get(loss).build(4, 0)[0], CosineDense)


def test_every_table_has_known_claims():
    assert {name for table in TABLES.values() for name in table.claims} <= set(CLAIMS)


def test_without_decay_there_is_only_the_control():
    runs = ("softmax", "vector_norm", 3.0), ("scaled-bn", "vector_norm", 1.0)
    assert decided("C35", *runs) == ["holds"]
    assert decided("C35-control", *runs) == []
    assert decided("C35", *runs, l2=0.0) == []
    assert decided("C35-control", *runs, l2=0.0) == ["holds"]


@pytest.mark.parametrize(
    ("name", "losses", "number"),
    [
        ("C10-features", ("nac", "pod"), "feature_correlation"),
        ("C9-sums", ("nac", "pod"), "energy_of_sums"),
        ("C17-epochs", ("softmax", "nac"), "to_90"),
        ("C36-features", ("scaled-bn", "softmax"), "gradient_on_features"),
        ("C35-ten", ("softmax", "scaled-bn"), "vector_norm_of_ten"),
    ],
)
def test_second_readings(name, losses, number):
    for values, decision in (((2.0, 1.0), "holds"), ((1.0, 2.0), "does not hold")):
        runs = [(loss, number, v) for loss, v in zip(losses, values, strict=True)]
        assert decided(name, *runs) == [decision]


@pytest.mark.parametrize(
    ("name", "loss", "number", "value", "decisions"),
    [
        ("C39", "softmax", "double_gain", 0.1, ["holds"]),
        ("C39", "softmax", "double_gain", -0.1, ["does not hold"]),
        ("C39", "pod", "double_gain", -0.1, []),
        ("C34-plain", "softmax", "within_5", 0.8, ["does not hold"]),
        ("C34-bn", "scaled-bn", "within_2", 0.95, ["holds"]),
        ("C1", "pod", "simplex_error", 1e-8, ["holds"]),
        ("C1", "pod", "simplex_error", 1e-3, ["does not hold"]),
        ("C13", "pod", "delta_error", 0.5, ["does not hold"]),
        ("C16", "pod", "span", 0.9, ["does not hold"]),
    ],
)
def test_bounds(name, loss, number, value, decisions):
    assert decided(name, (loss, number, value)) == decisions


def test_findings_carry_their_claim():
    made = Result("pod", {"loss": "pod"}, {"span": {0: 0.99, 1: 0.96}})
    (found,) = findings("C16", [made])
    assert found.claim == "C16" and found.says == CLAIMS["C16"].says
    assert (found.n, found.unit, found.value) == ("2 runs", "number", 0.96)
    assert re.search(r"above 0\.95", found.statistic)
