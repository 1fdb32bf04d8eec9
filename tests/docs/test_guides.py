"""The guides run as they are printed, and come to what they say."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
# What is true after a guide has run, of the names that it has made.
TRUE_AFTER = {
    "first-classifier": lambda n: (
        n["accuracy"] > 0.95 and np.array_equal(n["same"], n["out"]["logits"])
    ),
    "fine-tune": lambda n: n["after"] > 0.8,
    "similar-images": lambda n: n["found"].recall[1] > 0.7,
    "none-of-these": lambda n: (
        n["errors"]["after"] < n["errors"]["before"] / 5
        and n["kept"] > 0.85 > 0.15 < n["declined"]
    ),
    "new-classes": lambda n: (
        n["right"][n["old_test"]].mean() > 0.9
        and n["right"][~n["old_test"]].mean() > 0.5
    ),
    "compare-fairly": lambda n: {r.seeds for r in n["rows"]} == {2},
    "very-many-classes": lambda n: n["right"][n["unseen"]].mean() > 0.5,
    "serve": lambda n: np.abs(n["logits"] - n["expected"]).max() < 1e-4,
    "own-head-and-loss": lambda n: min(r.last for r in n["rows"]) > 0.5,
    "search": lambda n: {"scale", "gamma"} <= set(n["best"].values),
    "mixup": lambda n: n["accuracy"] > 0.9,
}
# Too long for every run of the tests.
SLOW = {"compare-fairly", "search"}
# Smaller than printed, so that it takes seconds; the printed size is a slow test.
SMALLER = {
    "very-many-classes": {
        "DIGITS = 5": "DIGITS = 4",
        "20_000": "5_000",
        "(32, 64)": "(16, 32)",
    },
    "own-head-and-loss": {'["softmax", "mine", ': "["},
}


def run(guide, folder, monkeypatch, smaller):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("the guides are printed for the default backend")
    text = (GUIDES / f"{guide}.md").read_text()
    code = "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.M))
    for printed, change in smaller.items():
        assert printed in code
        code = code.replace(printed, change)
    monkeypatch.chdir(folder)
    names = {"__name__": guide}
    exec(compile(code, f"{guide}.md", "exec"), names)
    assert TRUE_AFTER[guide](names)


def guides():
    for path in sorted(GUIDES.glob("*.md")):
        slow = [pytest.mark.slow] if path.stem in SLOW else []
        if path.stem != "index":
            yield pytest.param(path.stem, marks=slow)


@pytest.mark.parametrize("guide", list(guides()))
def test_guide(guide, tmp_path, monkeypatch):
    run(guide, tmp_path, monkeypatch, SMALLER.get(guide, {}))


@pytest.mark.slow
@pytest.mark.parametrize("guide", SMALLER)
def test_guide_at_its_size(guide, tmp_path, monkeypatch):
    run(guide, tmp_path, monkeypatch, {})
