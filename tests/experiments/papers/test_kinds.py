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
            {word for one in own for word in claim.given.get(one, "").split()}
            for own in fields
        )
        assert numbers <= set(NUMBERS) and losses <= set(methods.METHODS), name
        if numbers & {"off_center", "tightness"}:
            # Lengths that are free are not compared.
            heads = [methods.get(loss).build(4, 0)[0] for loss in losses]
            assert not any(isinstance(head, CosineDense) for head in heads), name
    assert {name for table in TABLES.values() for name in table.claims} <= set(CLAIMS)


SIZES = {9: 0.90, 32: 0.88, 64: 0.95, 512: 0.94}
FLAT = {0.01: 1.0, 1.0: 1.05, 100.0: 1.1}


@pytest.mark.parametrize(
    ("name", "number", "setting", "values", "decisions"),
    [
        # A loss has the larger number.
        ("C9-sums", "energy_of_sums", "loss", {"nac": 2.0, "pod": 1.0}, [HOLDS]),
        ("C9-sums", "energy_of_sums", "loss", {"nac": 1.0, "pod": 2.0}, [FAILS]),
        ("C17-epochs", "to_90", "loss", {"softmax": 2.0, "nac": 1.0}, [HOLDS]),
        ("C17-epochs", "to_90", "loss", {"softmax": 2.0, "cm": 1.0}, []),
        # Every run keeps to a bound.
        ("C39", "double_gain", "loss", {"softmax": 0.1}, [HOLDS]),
        ("C39", "double_gain", "loss", {"softmax": -0.1}, [FAILS]),
        ("C1", "simplex_error", "loss", {"pod": 1e-8}, [HOLDS]),
        ("C1", "simplex_error", "loss", {"pod": 1e-3}, [FAILS]),
        ("C34-plain", "within_5", "loss", {"softmax": 0.8}, [FAILS]),
        ("C34-bn", "within_2", "loss", {"scaled-bn": 0.95}, [HOLDS]),
        ("C13", "delta_error", "loss", {"pod": 0.5}, [FAILS]),
        # The loss is flat up to lambda = 1000; beyond it may rise.
        ("C11", "loss", "lam", FLAT | {1e5: 9.0}, [HOLDS]),
        ("C11", "loss", "lam", FLAT | {1000.0: 1.5}, [FAILS]),
        ("C11", "loss", "lam", {0.01: 1.0, 1.0: 1.05}, []),
        ("C12", "accuracy", "alpha", {0: 0.90, 0.01: 0.91, 0.1: 0.50}, [HOLDS] * 2),
        ("C12", "accuracy", "alpha", {0: 0.92, 0.01: 0.91, 0.1: 0.90}, [FAILS] * 2),
        ("C12", "accuracy", "alpha", {0.01: 0.91, 0.1: 0.80}, [HOLDS]),
        # The best of the good sizes against the best of the others.
        ("C14", "accuracy", "dim", SIZES, [HOLDS]),
        ("C15", "accuracy", "dim", SIZES, [HOLDS]),
        ("C14", "accuracy", "dim", {9: 0.96, 32: 0.93, 512: 0.94}, [FAILS]),
        ("C15", "accuracy", "dim", {9: 0.96, 32: 0.93, 512: 0.94}, [FAILS]),
        ("C15", "accuracy", "dim", {32: 0.95, 512: 0.94}, []),
    ],
)
def test_decisions(name, number, setting, values, decisions):
    assert decided(name, number, values, setting) == decisions


def test_without_decay_there_is_only_the_control():
    for l2, claims in ((5e-4, [[HOLDS], []]), (0.0, [[], [HOLDS]])):
        norms = {"softmax": 3.0, "scaled-bn": 1.0}
        names = "C35", "C35-control"
        assert [decided(n, "vector_norm", norms, l2=l2) for n in names] == claims


@pytest.mark.parametrize(
    ("claim", "more", "less"),
    [
        ("C4", "accuracy_high_norm", "accuracy_low_norm"),
        ("C23", "accuracy", "accuracy_gaussian"),
        ("C25-scores", "distance_variance_in_classes", "score_variance_in_classes"),
    ],
)
def test_two_numbers_of_each_model(claim, more, less):
    high, low = {0: 0.9, 1: 0.92, 2: 0.91}, {0: 0.7, 1: 0.71, 2: 0.72}
    for a, b, decision in ((high, low, HOLDS), (low, high, FAILS)):
        made = Result("a", {"loss": "pod"}, {more: a, less: b})
        (found,) = findings(claim, [made])
        assert (found.decision, found.about, found.n) == (decision, "a", "3 seeds")
    # Gaussians are claimed to lose to cosines to fixed centroids.
    learned = Result("a", {"loss": "softmax"}, made.numbers)
    assert (findings(claim, [learned]) == []) == (claim == "C23")
