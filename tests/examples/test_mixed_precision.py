import json
import shutil
from pathlib import Path

import pytest

from tests.loading import EXAMPLES, RESULTS, load, run

OURS = RESULTS / "mixed-precision"


@pytest.fixture
def example(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return load(EXAMPLES / "mixed_precision.py")


def test_our_results_are_shown_again(example, capsys):
    shutil.copytree(OURS, "ours")
    shutil.copytree(RESULTS / "compare-digits", "float32")
    # There are more methods by now.
    names = json.loads(Path("ours/mixed_bfloat16/plan.json").read_text())["methods"]
    arguments = ["--methods", ",".join(names), "--out", "ours", "--float32", "float32"]
    run(example, *arguments)
    assert capsys.readouterr().out.count("; 63 ended before") == 3
    assert Path("ours/table.md").read_text() == (OURS / "table.md").read_text()


def test_it_trains_in_a_fresh_clone(example, monkeypatch):
    # The one with loss scaling; the other differs in a word.
    monkeypatch.setattr(example, "PRECISIONS", ("float32", "mixed_float16"))
    arguments = ["--data", "digits-2", "--methods", "pod", "--seeds", 1, "--epochs", 1]
    run(example, *arguments)
    lines = Path("runs/mixed-precision/table.md").read_text().splitlines()
    assert lines[2].startswith("| pod | ")
    assert lines[-1].startswith("mixed_float16: ")
    assert lines[-1].endswith("of 1 methods within 0.5 points.")
