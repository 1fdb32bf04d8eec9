import pytest

from keras_pod import methods
from keras_pod.experiments.papers.claims import CLAIMS, findings
from keras_pod.experiments.papers.evidence import FAILS, HOLDS, NUMBERS, Result
from keras_pod.experiments.papers.recipes import TABLES
from keras_pod.layers import CosineDense


def decided(name, number, values, setting="loss", **settings):
    """The decisions on a claim by the number's values of some losses.

    With the name of a setting or an option values are of runs of POD that differ in it.
    """
    results = []
    for given, value in values.items():
        own = {"loss": "pod", "data": "digits", "l2": 5e-4, "options": {}} | settings
        is_option = setting not in ("loss", "dim")
        own |= {"options": {setting: given}} if is_option else {setting: given}
        seeds = {s: value + 1e-6 * (s * value) ** 2 for s in range(3)}
        results.append(Result(str(given), own, {number: seeds}))
    return [found.decision for found in findings(name, results)]


def test_claims_and_tables_name_what_there_is():
    fields = ("larger", "smaller", "losses", "loss"), ("number", "more", "less")
    for name, claim in CLAIMS.items():
        losses, numbers = (
            {word for one in own for word in claim.test.keywords.get(one, "").split()}
            for own in fields
        )
        assert numbers <= set(NUMBERS) and losses <= set(methods.METHODS), name
        if numbers & {"off_center", "tightness"}:
            # Lengths that are free are not compared.
            heads = [methods.get(loss).build(4, 0)[0] for loss in losses]
            assert not any(isinstance(head, CosineDense) for head in heads), name
    assert {name for table in TABLES.values() for name in table.claims} <= set(CLAIMS)


@pytest.mark.parametrize(
    ("name", "number", "larger", "smaller"),
    [
        ("C10-features", "feature_correlation", "nac", "pod"),
        ("C9-sums", "energy_of_sums", "nac", "pod"),
        ("C17-epochs", "to_90", "softmax", "nac"),
        ("C36-features", "gradient_on_features", "scaled-bn", "softmax"),
        ("C35-ten", "vector_norm_of_ten", "softmax", "scaled-bn"),
    ],
)
def test_second_readings(name, number, larger, smaller):
    assert decided(name, number, {larger: 2.0, smaller: 1.0}) == [HOLDS]
    assert decided(name, number, {larger: 1.0, smaller: 2.0}) == [FAILS]


def test_without_decay_there_is_only_the_control():
    for l2, claims in ((5e-4, [[HOLDS], []]), (0.0, [[], [HOLDS]])):
        norms = {"softmax": 3.0, "scaled-bn": 1.0}
        names = "C35", "C35-control"
        assert [decided(n, "vector_norm", norms, l2=l2) for n in names] == claims


@pytest.mark.parametrize(
    ("name", "loss", "number", "value", "decisions"),
    [
        ("C39", "softmax", "double_gain", 0.1, [HOLDS]),
        ("C39", "softmax", "double_gain", -0.1, [FAILS]),
        ("C39", "pod", "double_gain", -0.1, []),
        ("C1", "pod", "simplex_error", 1e-8, [HOLDS]),
        ("C1", "pod", "simplex_error", 1e-3, [FAILS]),
        ("C34-plain", "softmax", "within_5", 0.8, [FAILS]),
        ("C34-bn", "scaled-bn", "within_2", 0.95, [HOLDS]),
        ("C13", "pod", "delta_error", 0.5, [FAILS]),
        ("C16", "pod", "span", 0.9, [FAILS]),
    ],
)
def test_bounds(name, loss, number, value, decisions):
    assert decided(name, number, {loss: value}) == decisions


FLAT = {0.01: 1.0, 1.0: 1.05, 100.0: 1.1}


@pytest.mark.parametrize(
    ("name", "number", "setting", "values", "decisions"),
    [
        ("C11", "loss", "lam", FLAT, [HOLDS]),
        # Beyond 1000 it may rise.
        ("C11", "loss", "lam", FLAT | {1e5: 9.0}, [HOLDS]),
        ("C11", "loss", "lam", FLAT | {1000.0: 1.5}, [FAILS]),
        ("C11", "loss", "lam", {0.01: 1.0, 1.0: 1.05}, []),
        ("C12", "accuracy", "alpha", {0: 0.90, 0.01: 0.91, 0.1: 0.50}, [HOLDS] * 2),
        ("C12", "accuracy", "alpha", {0: 0.92, 0.01: 0.91, 0.1: 0.90}, [FAILS] * 2),
        ("C12", "accuracy", "alpha", {0.01: 0.91, 0.1: 0.80}, [HOLDS]),
        ("C12", "accuracy", "alpha", {0: 0.9}, []),
        ("C14", "accuracy", "dim", {9: 0.90, 32: 0.95, 512: 0.94}, [HOLDS]),
        ("C14", "accuracy", "dim", {9: 0.96, 32: 0.93, 512: 0.94}, [FAILS]),
        ("C14", "accuracy", "dim", {32: 0.95}, []),
        ("C15", "accuracy", "dim", {9: 0.90, 32: 0.95, 512: 0.94}, [HOLDS]),
        ("C15", "accuracy", "dim", {9: 0.96, 32: 0.93, 512: 0.94}, [FAILS]),
        ("C15", "accuracy", "dim", {32: 0.95, 512: 0.94}, []),
    ],
)
def test_trends(name, number, setting, values, decisions):
    assert decided(name, number, values, setting) == decisions


@pytest.mark.parametrize(
    ("claim", "more", "less", "loss"),
    [
        ("C4", "accuracy_high_norm", "accuracy_low_norm", "softmax"),
        ("C23", "accuracy", "accuracy_gaussian", "pod"),
        (
            "C25-scores",
            "distance_variance_in_classes",
            "score_variance_in_classes",
            "rbf-softmax",
        ),
    ],
)
def test_two_numbers_of_each_model(claim, more, less, loss):
    high, low = {0: 0.9, 1: 0.92, 2: 0.91}, {0: 0.7, 1: 0.71, 2: 0.72}
    for numbers, decision in (((high, low), HOLDS), ((low, high), FAILS)):
        made = Result(
            "a", {"loss": loss}, dict(zip((more, less), numbers, strict=True))
        )
        (found,) = findings(claim, [made])
        assert (found.decision, found.about, found.n) == (decision, "a", "3 seeds")
    # Gaussians are claimed to lose to cosines to fixed centroids.
    learned = Result("a", {"loss": "softmax"}, made.numbers)
    assert (findings(claim, [learned]) == []) == (claim == "C23")


def test_findings_carry_their_claim():
    made = Result("pod", {"loss": "pod"}, {"span": {0: 0.99, 1: 0.96}})
    (found,) = findings("C16", [made])
    assert found.claim == "C16" and found.says == CLAIMS["C16"].says
    assert (found.n, found.unit, found.value) == ("2 runs", "number", 0.96)
    assert "above 0.95" in found.statistic
