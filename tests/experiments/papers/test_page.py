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
    assert {f"c{i}" for i in range(1, 41)} <= ANCHORS
    assert {f"p{i}" for i in range(1, 31)} <= ANCHORS
    assert {f"r{i}" for i in range(1, 21)} <= ANCHORS
    assert {name.split("-")[0].lower() for name in CLAIMS} <= ANCHORS


@pytest.mark.parametrize("name", TABLES)
def test_the_page_has_the_published_numbers(name):
    text = PAGE[PAGE.index(f'<a id="{name}"></a>') :]
    own = text.split("\n")[0]
    if not TABLES[name].figure:
        own = re.search(r"\n(##|###) .*?\n(.*?)(?=\n###? )", text, flags=re.S)[0]
    if name == "rbf-fig-5":
        # Of Table 3.
        return
    numbers = set(map(float, re.findall(r"\d+\.?\d*(?:e-\d+)?", own)))
    for cell in TABLES[name].cells:
        assert cell.published is None or cell.published in numbers


def test_mentions_of_the_page_are_of_what_is_there():
    """Such as "docs/papers.md, 2.28" and "docs/papers.md, P20"."""
    found = []
    for path in (*ROOT.glob("keras_pod/**/*.py"), *ROOT.glob("tests/**/*.py")):
        found += re.findall(
            r"docs/papers\.md, (\d+(?:\.\d+)?|[CPR]\d+)", path.read_text()
        )
    assert len(found) > 10
    for mention in found:
        is_section = re.search(rf"^##+ {re.escape(mention)}[. ]", PAGE, flags=re.M)
        assert is_section or mention.lower() in ANCHORS
