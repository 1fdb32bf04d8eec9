import dataclasses
import re

import pytest

from keras_pod import methods
from keras_pod.experiments.papers.claims import CLAIMS, findings
from keras_pod.experiments.papers.evidence import NUMBERS, Result
from keras_pod.experiments.papers.kinds_of_claims import Bound, Larger, Within
from keras_pod.experiments.papers.recipes import TABLES
from keras_pod.layers import CosineDense


def one(name, *results):
    """The decisions on a claim by results (loss, numbers of three seeds, settings)."""
    made = [
        Result(
            loss,
            {"loss": loss, "data": "digits", "l2": 5e-4, **settings},
            {n: {s: v + 1e-6 * v * s**2 for s in range(3)} for n, v in numbers.items()},
        )
        for loss, numbers, settings in results
    ]
    return [found.decision for found in findings(name, made)]


@pytest.mark.parametrize("name", CLAIMS)
def test_claims_name_losses_and_numbers_that_there_are(name):
    test = CLAIMS[name].test
    if isinstance(test, Larger):
        losses, numbers = f"{test.larger} {test.smaller}".split(), [test.number]
    elif isinstance(test, Bound):
        losses, numbers = test.losses.split(), [test.number]
    elif isinstance(test, Within):
        losses, numbers = [], [test.more, test.less]
    else:
        return
    assert set(numbers) <= set(NUMBERS) and set(losses) <= set(methods.METHODS)


def test_lengths_that_are_free_are_not_compared():
    for claim in CLAIMS.values():
        if getattr(claim.test, "number", "") in ("off_center", "tightness"):
            for name in f"{claim.test.larger} {claim.test.smaller}".split():
                head, _ = methods.get(name).build(4, 0)
                assert not isinstance(head, CosineDense)


def test_every_table_has_known_claims():
    assert {name for table in TABLES.values() for name in table.claims} <= set(CLAIMS)


def test_without_decay_there_is_only_the_control():
    runs = [
        ("softmax", {"vector_norm": 3.0}, {}),
        ("scaled-bn", {"vector_norm": 1.0}, {}),
    ]
    assert one("C35", *runs) == ["holds"] and one("C35-control", *runs) == []
    runs = [(loss, numbers, {"l2": 0.0}) for loss, numbers, _ in runs]
    assert one("C35", *runs) == [] and one("C35-control", *runs) == ["holds"]


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
        runs = [(loss, {number: v}, {}) for loss, v in zip(losses, values, strict=True)]
        assert one(name, *runs) == [decision]


def test_bounds():
    assert one("C39", ("softmax", {"double_gain": 0.1}, {})) == ["holds"]
    assert one("C39", ("softmax", {"double_gain": -0.1}, {})) == ["does not hold"]
    assert one("C39", ("pod", {"double_gain": -0.1}, {})) == []
    assert one("C34-plain", ("softmax", {"within_5": 0.8}, {})) == ["does not hold"]
    assert one("C34-bn", ("scaled-bn", {"within_2": 0.95}, {})) == ["holds"]


def test_findings_carry_their_claim():
    made = Result("pod", {"loss": "pod"}, {"span": {0: 0.99}})
    (found,) = findings("C16", [made])
    assert found.claim == "C16" and found.says == CLAIMS["C16"].says
    assert found.n == "1 run" and found.unit == "number"
    assert re.search(r"above 0\.95", found.statistic)
    assert dataclasses.asdict(found)["value"] == 0.99
