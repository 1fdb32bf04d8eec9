import dataclasses

import pytest

from keras_pod.experiments.papers.our_numbers import lines_of, values_of, write
from keras_pod.experiments.papers.recipes import TABLES
from keras_pod.experiments.papers.reproduce import CellRuns
from keras_pod.experiments.papers.stand_ins import with_stand_ins
from keras_pod.experiments.papers.verdicts import judge
from tests.experiments.records import record, records, table


def verdicts(made, found, seeds):
    return judge(made, values_of(found, seeds))


def test_lines():
    cosine, nac, n = lines_of(table(), records(table()), 2)
    assert cosine.ours == pytest.approx(90.045) and cosine.seeds == 2
    assert nac.difference == pytest.approx(0.546) and nac.best == pytest.approx(92.046)
    assert (n.ours, n.difference, n.best) == (128, -128, None)
    [verdict] = verdicts(table(), records(table(), 3), 3)
    told = "NaC Loss - Cosine Loss: +2.00 [+1.99, +2.01], 3 seeds"
    assert verdict.statistic == told
    assert verdict.decision == "holds" and verdict.claim.startswith("C7 (digits)")


def test_stand_ins_are_named_and_not_subtracted():
    cells = [dataclasses.replace(c, stand_in=True) for c in table().cells]
    made = dataclasses.replace(table(), cells=tuple(cells))
    assert lines_of(made, records(made), 2)[0].difference is None
    [verdict] = verdicts(made, records(made, 3), 3)
    assert verdict.claim.startswith("C7 (digits, on digits)")


def test_a_claim_about_data_is_not_judged_on_others():
    faces = with_stand_ins(TABLES["sbn-3"])
    found = verdicts(faces, [record(s, 0.9) for s in CellRuns([faces], 3).todo([])], 3)
    decisions = {v.claim.split(":")[0]: v for v in found}
    assert decisions["C40-faces"].decision == "not decided"
    assert "on other data" in decisions["C40-faces"].statistic


def test_a_failed_run_is_told():
    made = table()
    failed = [record(s, "OOM") for s in CellRuns([made], 1).todo([])]
    line = lines_of(made, failed, 1)[0]
    assert line.ours is None and line.failed == "OOM"


def test_the_shrinkage_of_gaussian_classes_is_told(tmp_path):
    made = TABLES["pod-9"]
    found = [record(s, 0.9) for s in CellRuns([made], 2).todo([])]
    for i, one in enumerate(found):
        one["result"] |= {"accuracy_gaussian": 0.8, "shrinkage": (0.1, 0.3)[i % 2]}
    lines = lines_of(made, found, 2)
    told = {(line.row, line.remark) for line in lines}
    assert ("Cosine", "") in told and len({r for _, r in told}) > 1
    write(made, lines, [], tmp_path)
    assert "covariances shrunk by" in (tmp_path / "pod-9.md").read_text()


def test_what_was_not_measured_is_told():
    made = table()
    cells = [dataclasses.replace(c, value="wordnet_similarity") for c in made.cells[:2]]
    asked = dataclasses.replace(made, cells=tuple(cells))
    line = lines_of(asked, records(made), 2)[0]
    assert line.ours is None and line.failed == "no wordnet_similarity was measured"
    assert verdicts(asked, records(made), 2) == []
