"""docs/papers.md: links that lead somewhere, and the numbers that the recipes have."""

import re
from pathlib import Path

import pytest

from keras_pod.experiments.papers.claims import CLAIMS
from keras_pod.experiments.papers.recipes import TABLES

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "papers.md").read_text()
ANCHORS = set(re.findall(r'<a id="([^"]+)"></a>', PAGE))


def test_links_of_the_page_lead_somewhere():
    headings = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", PAGE, flags=re.M)
    }
    links = re.findall(r"\]\(#([^)]+)\)", PAGE)
    assert len(links) > 50 and set(links) <= ANCHORS | headings


def test_every_claim_and_row_has_an_anchor():
    for letter, most in (("c", 40), ("p", 30), ("r", 20)):
        assert {f"{letter}{i}" for i in range(1, most + 1)} <= ANCHORS
    assert {name.split("-")[0].lower() for name in CLAIMS} <= ANCHORS


# The numbers of RBF Fig 5 are of Table 3.
@pytest.mark.parametrize("name", [name for name in TABLES if name != "rbf-fig-5"])
def test_the_page_has_the_published_numbers(name):
    """Each row's, or in RBF Table 7 column's, in one line and in their order."""
    text = PAGE[PAGE.index(f'<a id="{name}"></a>') :]
    own = text.split("\n")[0]
    if not TABLES[name].figure:
        own = re.search(r"\n(##|###) .*?\n(.*?)(?=\n###? )", text, flags=re.S)[0]
    printed: dict[str, list[float]] = {}
    for cell in TABLES[name].cells:
        if cell.published is not None:
            place = cell.column if name == "rbf-7" else cell.row
            printed.setdefault(place, []).append(cell.published)
    numbers = [re.findall(r"\d+\.?\d*(?:e-\d+)?", line) for line in own.split("\n")]
    for wanted in printed.values():
        lines = (iter(map(float, line)) for line in numbers)
        # `in` takes what it passes from an iterator.
        assert any(all(number in line for number in wanted) for line in lines)
