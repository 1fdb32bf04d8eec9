import pytest

from keras_pod.experiments.lines import lines_of, verdicts
from keras_pod.experiments.reproduce import CellRuns
from tests.experiments.records import record, records, table


def test_lines():
    cosine, nac, n = lines_of(table(), records(table()), 2)
    assert cosine.ours == pytest.approx(90.05) and cosine.seeds == 2
    assert nac.difference == pytest.approx(0.55) and nac.best == pytest.approx(92.05)
    assert (n.ours, n.difference, n.best) == (128, -128, None)
    [verdict] = verdicts(table(), records(table()), 2)
    assert verdict.decision == "holds"


def test_a_failed_run_is_told():
    made = table()
    failed = [record(s, "OOM") for s in CellRuns([made], 1).todo([])]
    line = lines_of(made, failed, 1)[0]
    assert line.ours is None and line.failed == "OOM"
