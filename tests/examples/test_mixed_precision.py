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
    # There are more methods by now.
    names = json.loads(Path("ours/mixed_bfloat16/plan.json").read_text())["methods"]
    run(example, "--methods", ",".join(names), "--out", "ours")
    assert capsys.readouterr().out.count("; 63 ended before") == 3
    assert Path("ours/table.md").read_text() == (OURS / "table.md").read_text()
