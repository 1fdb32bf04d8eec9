"""The script for GPUs at a tiny size on a CPU, where TensorFlow cannot be imported."""

import json
import os
import subprocess
import sys

import pytest

_PROGRAM = """
import sys
sys.modules["tensorflow"] = None
from benchmarks.gpu import main
main(sys.argv[1:])
"""


@pytest.mark.slow  # compiles twenty models
def test_every_section(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, "--tiny", "--repeats", "1"]
        + ["--out", str(tmp_path)],
        env=os.environ | {"KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "results.json").read_text())
    assert report["machine"]["backend"] == "jax"
    command = "`python -m benchmarks.gpu --tiny`"
    assert f"- command: {command}" in (tmp_path / "table.md").read_text()
    found = {section["name"]: section["data"] for section in report["sections"]}
    ours = {r["loss"]: r for r in found["losses"] if r["candidate"] == "keras-pod"}
    assert set(ours) == {"SC", "RBF-Softmax", "NaC", "NaC + SC"}
    assert all(0 < row["bandwidth_share"] < 1 for row in ours.values())
    for name in ("steps-float32", "steps-bfloat16"):
        assert {"softmax", "pod", "arcface"} < {row["head"] for row in found[name]}
        for row in found[name]:
            assert row["images_per_second"] == pytest.approx(8 / row["seconds"][0])
    classes = [(row["head"], row["classes"]) for row in found["classes"]]
    assert classes == [(h, k) for h in ("nac", "softmax", "arcface") for k in (20, 200)]
    assert [row["head"] for row in found["fit"]] == ["softmax", "pod"] * 2
