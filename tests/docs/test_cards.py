"""Every method has a card that says what the method is, and whose lines run."""

import re

import keras
import pytest

from keras_pod.methods import METHODS
from tests.loading import DOCS, load

cards = load(DOCS / "cards.py")


def test_every_method_has_its_notes_and_none_is_left_over():
    assert set(cards.NOTES) - {"opening"} == set(METHODS)
    anchors = set(re.findall(r'<a id="([^"]+)">', (DOCS / "papers.md").read_text()))
    for name in METHODS:
        notes = cards.NOTES[name]
        assert set(notes) == {"paper", "formula", "when"}
        assert notes["formula"] in anchors


@pytest.mark.parametrize(
    "name",
    [n if n == "pod" else pytest.param(n, marks=pytest.mark.slow) for n in METHODS],
)
def test_its_lines_run(name):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("the cards are printed for the default backend")
    names = {}
    code = cards.code(METHODS[name])
    assert code in cards.card(METHODS[name])
    exec(compile(code, f"{name}.md", "exec"), names)
    x, y = names["x_test"] / 255, names["y_test"]
    found = names["model"].evaluate(x, y, verbose=0, return_dict=True)
    assert found["accuracy"] > 0.9
