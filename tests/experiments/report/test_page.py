import re

import pytest
from matplotlib.figure import Figure

from keras_pod.experiments.report import tables
from keras_pod.experiments.report.page import Section, render
from keras_pod.experiments.report.pictures import MOST_SVG, Picture
from keras_pod.experiments.report.tables import Table
from tests.experiments.report.browser import CHROMIUM, look

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
    k = len(names)
    shades = [[0.0] + [0.5] * k] * k
    matrix = Table(["true", *names], [[n, *["12"] * k] for n in names], shades)
    claim = ["NaC beats the Cosine Loss", methods[0], "holds", "accuracy"]
    claim += ["+1.00 points", "+0.50 to +1.50 points", "3 seeds"]
    columns = [
        "claim",
        "runs",
        "decision",
        "number",
        "value",
        "95 % interval",
        "counted",
    ]
    return Section(
        title="data: 3 classes",
        held_out="test",
        headline="pod is best.",
        summary=wide,
        each_run=Table(["run", "folder"], [["pod", "/a/rather/long/path" * 9]]),
        differing=wide,
        settings=wide,
        versions=wide,
        curves=[picture] * 3,
        class_accuracy=Table(
            ["class", *methods], [[n, *["99.00 %"] * 9] for n in names]
        ),
        all_classes=True,
        confusion={method: matrix for method in methods[:2]},
        hardest={},
        figures=[picture],
        claims=Table(columns, [claim, [*claim[:2], "does not hold", *claim[3:]]]),
        notes=["A note."],
    )


def test_the_page_needs_nothing_outside_it():
    page = render("a & b", [section()])
    links = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert links and all(re.match("data:|#", link) for link in links)
    assert not re.search(r"https?:|@import|url\(", page)
    ids = re.findall(r'id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)


def test_names_are_text_and_not_html():
    page = render("<title>", [section()])
    assert "<b>&" not in page and "&lt;b&gt;&amp;" in page
    assert "&lt;title&gt;" in page and "&lt;this&gt;" in page


def test_a_picture_is_small_either_way():
    picture = section().figures[0]
    assert picture.uri().startswith("data:image/svg+xml;base64,")
    assert picture.uri() == picture.uri()
    figure = Figure()
    figure.subplots().plot(range(30_000), [i * 7919 % 101 for i in range(30_000)], ".")
    many = Picture("p", "t", "s", "", figure)
    uri = many.uri()
    assert uri.startswith("data:image/png;base64,")
    assert len(uri) < MOST_SVG * 4
    assert many.png()[:4] == b"\x89PNG"


@browser
@pytest.mark.parametrize("width", [390, 1280])
def test_in_a_browser(tmp_path, width):
    names = [LONG, *(f"class {i}" for i in range(tables.MOST_CLASSES - 1))]
    page = render("Two methods on made-up data", [section(), section(names)])
    found = look(page, width, tmp_path)
    assert found["width"] == width
    assert found["tables"] >= 14 and found["images"] == 8
    assert found["scrollWidth"] <= width
    for problem in ("log", "clipped", "outside", "silent", "broken"):
        assert found[problem] == [], problem


@browser
def test_the_browser_sees_what_is_wrong(tmp_path):
    page = """<!doctype html><title>t</title><p><img src="data:,none"></p>
    <table><tr><td style="min-width: 900px">wide</td></tr></table>
    <script>throw new Error("broken script")</script>"""
    found = look(page, 390, tmp_path)
    assert found["scrollWidth"] > 390
    assert len(found["clipped"]) == len(found["silent"]) == len(found["broken"]) == 1
    assert any("broken script" in line for line in found["log"])
