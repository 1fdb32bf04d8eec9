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


def tiny(folder, *only):
    flags = ["--only", ",".join(only)] if only else []
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, "--tiny", "--repeats", "1", *flags]
        + ["--out", str(folder)],
        env=os.environ | {"KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads((folder / "results.json").read_text())
    assert found["machine"]["backend"] == "jax"
    command = " ".join(["`python -m benchmarks.gpu --tiny", *flags])
    assert f"- command: {command}`" in (folder / "table.md").read_text()
    return {section["name"]: section["data"] for section in found["sections"]}


def test_losses_against_products_and_bandwidth(tmp_path):
    (rows,) = tiny(tmp_path, "losses").values()
    ours = {r["loss"]: r for r in rows if r["candidate"] == "keras-pod"}
    assert set(ours) == {"SC", "RBF-Softmax", "NaC", "NaC + SC"}
    assert all(0 < row["bandwidth_share"] < 1 for row in ours.values())
    products = {r["loss"] for r in rows if r["candidate"] == "two products"}
    assert products == {"SC", "RBF-Softmax", "NaC + SC"}


@pytest.mark.slow  # compiles twenty models
def test_every_section(tmp_path):
    found = tiny(tmp_path)
    heads = {"softmax", "softmax with neck", "pod alone", "pod"}
    heads |= {"arcface", "rbf-softmax"}
    for name in ("steps-float32", "steps-bfloat16"):
        assert {row["head"] for row in found[name]} == heads
        for row in found[name]:
            assert row["images_per_second"] == pytest.approx(8 / row["seconds"][0])
    classes = [(row["head"], row["classes"]) for row in found["classes"]]
    assert classes == [(h, k) for h in ("nac", "softmax", "arcface") for k in (20, 200)]
    assert [row["head"] for row in found["fit"]] == ["softmax", "pod"] * 2
