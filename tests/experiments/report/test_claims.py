import dataclasses

import numpy as np
import pytest

from keras_pod.experiments.papers.claims import CLAIMS
from keras_pod.experiments.papers.evidence import Finding
from keras_pod.experiments.report.measurements import measure
from keras_pod.experiments.report.runs import Group, Run
from keras_pod.experiments.report.tables import claims, decide
from keras_pod.experiments.run.run_folder import RunFolder
from tests.experiments.report.conftest import made_up

TEST, VECTORS = made_up()
BASE = measure(TEST, TEST, VECTORS, fixed=False)


def pair(loss, seed=0, epochs=2, **numbers):
    """A run and what was measured of it."""
    settings = {"loss": loss, "options": {}, "lr": 0.1, "seed": seed, "epochs": epochs}
    label, content = f"{loss}, seed {seed}", {"settings": settings}
    run = Run(RunFolder(f"{loss}-{seed}"), content, [], loss, label)
    return run, dataclasses.replace(BASE, numbers=numbers)


def findings(*pairs):
    measured = {run.label: found for run, found in pairs}
    return decide(Group([run for run, _ in pairs]), measured)


def test_methods_are_compared_seed_by_seed_in_the_order_of_the_claims():
    own = {"nac": [(0.92, 0.1), (0.93, 0.11), (0.95, 0.1)]}
    own |= {"cosine": [(0.90, 0.2), (0.92, 0.22), (0.93, 0.2)]}
    found = findings(
        *(
            pair(
                loss, seed, accuracy=accuracy, spread=spread, span=0.9, simplex_error=0
            )
            for loss, numbers in own.items()
            for seed, (accuracy, spread) in enumerate(numbers)
        )
    )
    assert [f.claim for f in found] == ["C1", "C1", "C6", "C7", "C16", "C16"]
    assert all(CLAIMS[f.claim].says == f.says for f in found)
    bound = found[-1]
    assert (bound.n, bound.unit, bound.value) == ("3 runs", "number", 0.9)
    assert "above 0.95" in bound.statistic and bound.decision == "does not hold"
    # A smaller number may be what is claimed.
    spread, accuracy = found[2:4]
    assert (spread.about, spread.unit) == ("cosine - nac", "difference")
    assert (accuracy.about, accuracy.unit) == ("nac - cosine", "points")
    assert [f.value for f in (spread, accuracy)] == pytest.approx([0.31 / 3, 0.05 / 3])
    assert all((f.decision, f.n) == ("holds", "3 seeds") for f in (spread, accuracy))


@pytest.mark.parametrize(("epochs", "claims"), [(2, ["C19", "C21"]), (3, [])])
def test_runs_that_differ_in_more_than_the_method_are_not_compared(epochs, claims):
    pairs = pair("pod", epochs=epochs, accuracy=0.9), pair("softmax", accuracy=0.8)
    assert [f.claim for f in findings(*pairs)] == claims


def test_the_table():
    said = {"claim": "C7", "says": "NaC wins", "about": "nac - cosine"}
    said |= {"decision": "holds", "statistic": "accuracy", "n": "3 seeds"}
    found = claims(
        [
            Finding(**said, value=0.0123, low=0.01, high=0.02, unit="points"),
            Finding(**said, value=np.nan, unit="points"),
        ]
    )
    # Words, and no number of a list that no reader has.
    assert [row[0] for row in found.rows] == ["NaC wins"] * 2
    assert [row[4:] for row in found.rows] == [
        ["+1.23 points", "+1.00 to +2.00 points", "3 seeds"],
        ["", "", "3 seeds"],
    ]
