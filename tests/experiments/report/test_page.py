"""The command as a user runs it, and the page in a browser."""

import json
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from keras_pod import data as datasets
from keras_pod.experiments.cli import main as cli
from keras_pod.experiments.report import tables
from keras_pod.experiments.report.page import render
from keras_pod.experiments.report.pictures import Picture
from keras_pod.experiments.report.tables import Table
from tests.experiments.report.browser import CHROMIUM, look
from tests.experiments.report.conftest import change

browser = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium (apt-get install chromium)"
)
LONG = "a class whose name is long enough for two lines <b>&"


def section(names=(LONG, "b", "c")):
    """A section with many methods and long names."""
    figure = Figure(figsize=(6, 4))
    figure.subplots().plot([1, 2], [3, 4])
    picture = Picture("p", "A title", "It shows <this>.", "POD Fig 4", figure)
    methods = [f"pod, alpha=0.01, lam={i}" for i in range(9)]
    wide = Table(["", *methods], [["a number", *["0.123456"] * 9]] * 3)
    rows = [[name, *["12"] * len(names), "99.00 %"] for name in names]
    shades = np.full((len(rows), len(rows[0])), 0.5)
    matrix = Table(["true", *names, "right"], rows, shades)
    claim = ["NaC beats the Cosine Loss", methods[0], "holds", "accuracy"]
    claim += ["+1.00 points", "+0.50 to +1.50 points", "3 seeds"]
    columns = ["claim", "runs", "decision", "number", "value", "95 % interval", "of"]
    measured = SimpleNamespace(numbers={"accuracy": 0.99})
    return {
        **dict.fromkeys(("summary", "differing", "settings"), wide),
        **dict.fromkeys(("seeds", "mixed"), True),
        "validated": False,
        "measured": dict.fromkeys(methods, measured),
        "title": "data: 3 classes",
        "held_out": "test",
        "curves": [picture] * 3,
        "confusion": dict.fromkeys(methods[:2], matrix),
        "hardest": {},
        "figures": [picture],
        "claims": Table(columns, [claim, [*claim[:2], "does not hold", *claim[3:]]]),
    }


def test_the_page_needs_nothing_outside_it_and_names_are_text():
    page = render("<title>", [section()])
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
    page = render("a", [section() | {"mixed": False, "validated": True}])
    assert not any(text in page for text in told)


def check(page, width, folder):
    """The number of tables and images on a page on which nothing is wrong."""
    found = look(page, width, folder)
    assert found["scrollWidth"] <= width and not found["broken"]
    assert found["outside"] == found["log"] == []
    return found["tables"], found["images"]


@browser
@pytest.mark.parametrize("width", [390, 1280])
def test_in_a_browser(tmp_path, width):
    names = [LONG, *(f"class {i}" for i in range(tables.MOST_CLASSES - 1))]
    page = render("Two methods on made-up data", [section(), section(names)])
    assert check(page, width, tmp_path) == (12, 8)


@browser
def test_the_browser_sees_what_is_wrong(tmp_path):
    page = """<!doctype html><title>t</title><p><img src="data:,none"></p>
    <table><tr><td style="min-width: 900px">wide</td></tr></table>
    <script>throw new Error("broken script")</script>"""
    found = look(page, 390, tmp_path)
    assert found["scrollWidth"] > 390 and found["outside"] and found["broken"] == 1
    assert any("broken script" in line for line in found["log"])


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
    if CHROMIUM:
        _, images = check(page, 390, tmp_path)
        assert images > 30


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
