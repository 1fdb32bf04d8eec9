import csv
import dataclasses
import math

import numpy as np
import pytest
from rich.console import Console

from keras_pod.experiments.compare import comparison
from tests.experiments.records import BASE, SWEEP, plan, record

LAST = {"softmax": [0.90, 0.92, 0.91], "pod": [0.93, 0.94, 0.95], "nac": [0.1] * 3}


@pytest.fixture
def three():
    """A comparison that ended; one run of pod failed."""
    made = plan("softmax", "pod", "nac", seeds=3)
    records = []
    for settings in made.todo([]):
        accuracy = LAST[settings.loss][settings.seed]
        if (settings.loss, settings.seed) == ("pod", 1):
            accuracy = "OOM: no memory"
        seconds = 2.0 if settings.loss == "pod" else 1.0
        records.append(record(settings, accuracy, seconds))
    return made, records


def test_numbers_of_the_table(three):
    rows = comparison.rows(*three)
    assert [row.method for row in rows] == ["pod", "softmax", "nac"]
    pod, softmax, nac = rows
    assert softmax.last == pytest.approx(0.91)
    assert softmax.last_sd == pytest.approx(np.std([0.90, 0.92, 0.91], ddof=1))
    assert softmax.difference is None and softmax.relative_seconds == 1
    # Seed by seed, over the seeds that both have: 0 and 2.
    paired = np.array([0.93 - 0.90, 0.95 - 0.91])
    assert pod.difference == pytest.approx(paired.mean())
    assert pod.difference_se == pytest.approx(paired.std(ddof=1) / math.sqrt(2))
    # Student's t with one degree of freedom is Cauchy's distribution.
    t = paired.mean() / pod.difference_se
    assert pod.difference_p == pytest.approx(1 - 2 * math.atan(abs(t)) / math.pi)
    assert pod.relative_seconds == 2 and pod.seeds == 2
    assert pod.epochs_to_90 == 3 and pod.best_epoch == 4
    assert len(nac.curves) == 3
    # Nor does a seed count that the baseline lacks.
    made, records = three
    rows = comparison.rows(made, [r for r in records if r != records[0]])
    assert records[0]["settings"]["loss"] == "softmax"
    assert rows[0].difference == pytest.approx(0.95 - 0.91)


def test_one_seed_has_no_spread():
    made = plan("nac", "pod", seeds=1)
    rows = comparison.rows(made, [record(s, 0.9) for s in made.todo([])])
    for row in rows:
        assert row.last_sd is None and row.difference_se is None
    cells = comparison.result_table(rows, made).cells
    assert "±" not in str(cells)
    # Without softmax the first method is the reference.
    assert [row[:1] + row[5:6] for row in cells] == [
        ["nac", "reference"],
        ["pod", "+0.00"],
    ]


def test_before_the_first_run_ended_and_where_all_failed():
    made = plan("softmax", "pod", sweep=SWEEP)
    rows = comparison.rows(made, [])
    assert [row.last for row in rows] == [None, None]
    shown = comparison.result_table(rows, made)
    assert shown.cells[0][1:4] == ["", "", "not yet"]
    assert "the best of 4 trials of 2 epochs, judged on 20.0%" in shown.notes[1]
    made = plan("softmax")
    why = {0: "OOM", 1: "NaN"}
    rows = comparison.rows(made, [record(s, why[s.seed]) for s in made.todo([])])
    cells = comparison.result_table(rows, made).cells
    assert cells[0][1:4] == ["0.2", "0.0005", "failed"]
    assert rows[0].failed == ("seed 0: OOM", "seed 1: NaN")


def test_tables_and_picture(three, tmp_path):
    made, records = three
    rows = comparison.rows(made, records)
    console = Console(record=True, width=80, quiet=False)
    comparison.write_tables(rows, made, tmp_path)
    comparison.show(rows, made, tmp_path, console)
    text = (tmp_path / "table.md").read_text()
    assert "| pod | 0.5 | 0.0005 | 94.00 ± 1.41 | 94.00 (4) | +3.50 ± 0.50 |" in text
    assert "pod failed: seed 1: OOM: no memory" in text
    with (tmp_path / "table.csv").open(newline="") as file:
        sheet = list(csv.DictReader(file))
    assert [float(line["last"]) for line in sheet] == [row.last for row in rows]
    assert "curves" not in sheet[0] and "unseen_map" not in sheet[0]
    assert "unseen" not in text and "before the head: pod, nac." in text
    assert (tmp_path / "curves.png").stat().st_size > 10_000
    shown = console.export_text()
    assert "+3.50 ± 0.50" in shown and "failed: seed 1" in shown
    assert max(len(line) for line in shown.splitlines() if "/" not in line) <= 80


def test_the_title_tells_what_all_runs_share():
    base = dataclasses.replace(BASE, optimizer="adamw", augment="none", drop_last=True)
    flags = "--epochs 4 --dim 8 --optimizer adamw --augment none --drop-last"
    assert comparison.title(plan("pod", base=base)) == f"digits: {flags}"
    made = plan("pod", "cosine", base=base)
    other = dataclasses.replace(made.methods["cosine"], dim=16)
    made = dataclasses.replace(made, methods=made.methods | {"cosine": other})
    assert comparison.title(made) == f"digits: {flags}".replace(" --dim 8", "")
