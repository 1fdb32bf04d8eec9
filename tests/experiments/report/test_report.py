"""The command as a user runs it."""

import csv
import json
import shutil
import types

import pytest

from keras_pod import data as datasets
from keras_pod.experiments.cli import main as cli
from keras_pod.experiments.report import outputs
from keras_pod.experiments.report import report as module
from keras_pod.experiments.report.pictures import Picture
from keras_pod.experiments.report.report import Report
from keras_pod.experiments.report.runs import Group
from tests.experiments.report.browser import CHROMIUM, look
from tests.experiments.report.conftest import change


def test_two_runs_side_by_side(copies, tmp_path, capsys, monkeypatch):
    out, figures = tmp_path / "page.html", tmp_path / "figures"
    arguments = ["report", *map(str, copies), "--out", str(out)]
    assert cli.main([*arguments, "--figures", str(figures), "--gaussian"]) == 0
    assert "page.html" in capsys.readouterr().out
    page = out.read_text()
    assert "<title>softmax and pod on digits</title>" in page
    result = json.loads((copies[1] / "run.json").read_text())["result"]
    assert f"{100 * result['accuracy_last']:.2f}\u00a0%" in page

    numbers = json.loads((figures / "numbers.json").read_text())
    for folder in copies:
        result = json.loads((folder / "run.json").read_text())["result"]
        own = numbers["runs"][folder.name]
        assert own["accuracy"] == pytest.approx(result["accuracy_last"])
        assert 0 < own["accuracy_gaussian"] <= 1
    claims = {claim["claim"]: claim for claim in numbers["claims"]}
    assert claims["C1"]["decision"] == claims["C13"]["decision"] == "holds"
    assert claims["C19"]["decision"] == "not decided"
    assert claims["C23"]["n"] == "360 images of this run"

    names = {path.stem for path in figures.glob("*.png")}
    assert names == {path.stem for path in figures.glob("*.json")} - {"numbers"}
    assert {"val_accuracy", "accuracy-by-norm", "norms", "energy", "delta"} <= names
    assert "pull" in names
    drawn = json.loads((figures / "val_accuracy.json").read_text())["drawn"]
    assert [len(line["y"]) for line in drawn] == [2, 2]
    with (figures / "summary.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0][""] == "seeds" and {"softmax", "pod"} <= set(rows[0])

    if CHROMIUM:
        found = look(page, 390, tmp_path)
        assert found["scrollWidth"] <= 390 and found["images"] > 30
        assert found["log"] == found["clipped"] == found["silent"] == []
        assert found["outside"] == found["broken"] == []

    # Once more, nothing is computed and the page is the same.
    monkeypatch.setattr(outputs, "_compute", None)
    again = ["report", *map(str, copies), "--out", str(tmp_path / "again.html")]
    assert cli.main([*again, "--gaussian"]) == 0
    assert (tmp_path / "again.html").read_text() == page


def test_figures_of_two_groups_that_are_called_alike(tmp_path):
    table = types.SimpleNamespace(columns=("a",), rows=[("b",)])
    tables = ("summary", "each_run", "class_accuracy", "claims")
    section = types.SimpleNamespace(
        curves=(), figures=(), **dict.fromkeys(tables, table)
    )
    numbers = [{"accuracy": 0.25}, {"accuracy": 0.75}]
    measured = [{"pod": types.SimpleNamespace(numbers=found)} for found in numbers]
    groups = [Group("photos", []), Group("photos", [])]
    module._write_figures(Report(groups, measured, [[], []], [section] * 2), tmp_path)
    for name, found in zip(("data1", "data2"), numbers, strict=True):
        written = json.loads((tmp_path / name / "numbers.json").read_text())
        assert written == {"runs": {"pod": found}, "claims": []}
        assert (tmp_path / name / "summary.csv").read_text() == "a\nb\n"


@pytest.mark.slow
def test_runs_on_other_images_have_a_part_of_their_own(copies, tmp_path, monkeypatch):
    # Drawing takes long; the other test does it.
    monkeypatch.setattr(Picture, "png", lambda self: b"")
    monkeypatch.setattr(Picture, "uri", lambda self: "data:,")
    change(copies[0], validation_split=0.25)
    images = datasets.load("digits", validation_split=0.25, limit=200)
    path = copies[0] / "run.json"
    content = json.loads(path.read_text())
    content["data"] |= {"num_test": images.num_test, "mean": images.mean}
    path.write_text(json.dumps(content))
    figures = tmp_path / "figures"
    arguments = ["report", *map(str, copies), "--out", str(tmp_path / "page.html")]
    assert cli.main([*arguments, "--figures", str(figures)]) == 0
    page = (tmp_path / "page.html").read_text()
    assert page.count("<h2>") == 2
    assert f"{images.num_test} validation images" in page and "360 test" in page
    assert (figures / "data1" / "summary.csv").exists()
    assert (figures / "data2" / "delta.png").exists()


def test_bad_input(copies, tmp_path, capsys):
    softmax, pod = map(str, copies)
    half = tmp_path / "half"
    shutil.copytree(pod, half)
    (half / "model.keras").unlink()
    changed = tmp_path / "changed"
    shutil.copytree(pod, changed)
    change(changed, limit=150)
    cases = [
        ([str(tmp_path)], "is not a run's folder"),
        ([softmax, str(half)], "half is not finished"),
        ([softmax, softmax], "named twice"),
        ([softmax, "--out", str(tmp_path)], "is a folder"),
        ([str(changed)], "have changed since"),
    ]
    for arguments, message in cases:
        assert cli.main(["report", "--out", str(tmp_path / "x"), *arguments]) == 2
        assert message in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
