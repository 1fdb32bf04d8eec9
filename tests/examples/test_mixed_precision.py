import json
import shutil
from pathlib import Path

from tests.loading import EXAMPLES, RESULTS, load, run

OURS = RESULTS / "mixed-precision"


def test_our_results_are_shown_again(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(OURS, "ours")
    # Ours are some of the methods.
    names = json.loads(Path("ours/mixed_bfloat16/plan.json").read_text())["methods"]
    example = load(EXAMPLES / "mixed_precision.py")
    run(example, "--methods", ",".join(names), "--out", "ours")
    assert capsys.readouterr().out.count("; 27 ended before") == 3
    assert Path("ours/table.md").read_text() == (OURS / "table.md").read_text()
