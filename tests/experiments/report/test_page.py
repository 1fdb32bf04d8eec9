"""The command as a user runs it, and the page."""

import json
import re
import shutil
from types import SimpleNamespace

import pytest
from matplotlib.figure import Figure

from keras_pod import data as datasets
from keras_pod.experiments.cli import main as cli
from keras_pod.experiments.report.page import render
from keras_pod.experiments.report.pictures import Picture
from keras_pod.experiments.report.tables import Table
from tests.experiments.report.conftest import change


def section(**changes):
    """A section of three classes, one of which has a name with marks of HTML."""
    figure = Figure(figsize=(6, 4))
    figure.subplots().plot([1, 2], [3, 4])
    picture = Picture("p", "A title", "It shows <this>.", "POD Fig 4", figure)
    wide = Table(["", "pod"], [["a number", "0.123456"]])
    matrix = Table(["true", "<b>&", "right"], [["<b>&", "12", "99.00 %"]])
    claim = ["NaC wins", "pod", "holds", "accuracy", "+1.00 points", "", "3 seeds"]
    columns = ["claim", "runs", "decision", "number", "value", "95 % interval", "of"]
    return {
        **dict.fromkeys(("summary", "differing", "settings"), wide),
        **dict.fromkeys(("seeds", "mixed"), True),
        "validated": False,
        "measured": {"pod": SimpleNamespace(numbers={"accuracy": 0.99})},
        "title": "data: 3 classes",
        "held_out": "test",
        "curves": [picture],
        "confusion": {"pod": matrix},
        "hardest": {},
        "figures": [picture],
        "claims": Table(columns, [claim]),
    } | changes


def test_the_page_needs_nothing_outside_it_and_names_are_text():
    page = render("<title>", [section(), section()])
    links = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert links and all(re.match("data:|#", link) for link in links)
    assert not re.search(r"https?:|@import|url\(", page)
    assert all(re.findall(r'<img [^>]*alt="([^"]*)"', page))
    ids = re.findall(r'id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    assert "<b>&" not in page and "&lt;b&gt;&amp;" in page
    assert "&lt;title&gt;" in page and "&lt;this&gt;" in page
    told = "not validated after every epoch", "differ in more than their loss"
    assert all(text in page for text in told)
    page = render("a", [section(mixed=False, validated=True)])
    assert not any(text in page for text in told)


def test_two_runs_side_by_side(copies, tmp_path, capsys):
    out, figures = tmp_path / "page.html", tmp_path / "figures"
    arguments = ["report", *map(str, copies), "--out", str(out)]
    assert cli.main([*arguments, "--figures", str(figures), "--gaussian"]) == 0
    assert "page.html" in capsys.readouterr().out
    page = out.read_text()
    assert "<title>Report on softmax, pod</title>" in page

    numbers = json.loads((figures / "numbers.json").read_text())
    for folder in copies:
        result = json.loads((folder / "run.json").read_text())["result"]
        assert f"{100 * result['accuracy_last']:.2f}\u00a0%" in page
        own = numbers["runs"][folder.name]
        assert own["accuracy"] == pytest.approx(result["accuracy_last"])
        assert 0 < own["accuracy_gaussian"] <= 1
    claims = {claim["claim"]: claim for claim in numbers["claims"]}
    assert claims["C1"]["decision"] == claims["C13"]["decision"] == "holds"
    assert claims["C19"]["decision"] == "not decided"
    assert claims["C4"]["n"] == claims["C23"]["n"] == "1 seed; it takes 3"

    names = {path.stem for path in figures.glob("*.png")}
    assert names == {path.stem for path in figures.glob("*.json")} - {"numbers"}
    expected = {"val_accuracy", "accuracy-by-norm", "norms", "energy", "delta", "pull"}
    assert expected <= names
    drawn = json.loads((figures / "val_accuracy.json").read_text())["drawn"]
    assert [len(line["y"]) for line in drawn] == [2, 2]


def test_runs_on_other_images_have_a_part_of_their_own(copies, tmp_path, monkeypatch):
    # Drawing takes long; the other test does it.
    monkeypatch.setattr(Picture, "png", lambda self: b"")
    images = datasets.load("digits", validation_split=0.25, limit=200)
    known = {"num_test": images.num_test, "mean": images.mean}
    change(copies[0], lambda run: run["data"].update(known), validation_split=0.25)
    figures = tmp_path / "figures"
    arguments = ["report", *map(str, copies), "--out", str(tmp_path / "page.html")]
    assert cli.main([*arguments, "--figures", str(figures)]) == 0
    page = (tmp_path / "page.html").read_text()
    assert page.count("<h2>") == 2
    assert f"{images.num_test} validation images" in page and "360 test" in page
    assert (figures / "data2" / "delta.png").exists()
    for part, label in (("data1", "softmax"), ("data2", "pod")):
        numbers = json.loads((figures / part / "numbers.json").read_text())
        assert list(numbers["runs"]) == [label]
        rows = (figures / part / "summary.csv").read_text().splitlines()
        assert rows[:2] == [f",{label}", "seeds,0"]


def test_bad_input(copies, tmp_path, capsys):
    softmax, pod = map(str, copies)
    for name in ("half", "changed", "wider"):
        shutil.copytree(pod, tmp_path / name)
    (tmp_path / "half" / "model.keras").unlink()
    change(tmp_path / "changed", limit=150)
    change(tmp_path / "wider", lambda run: run.update(extended={"data": "digits"}))
    for arguments, message in (
        ([str(tmp_path)], "is not a run's folder"),
        ([softmax, str(tmp_path / "half")], "half is not finished"),
        ([softmax, str(tmp_path / "wider")], "wider is an extended run"),
        ([softmax, softmax], "named twice"),
        ([softmax, "--out", str(tmp_path)], "is a folder"),
        ([str(tmp_path / "changed")], "have changed since"),
    ):
        assert cli.main(["report", "--out", str(tmp_path / "x"), *arguments]) == 2
        assert message in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
