"""The benchmark as it is started, and what its numbers are made of."""

import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from benchmarks import memory, scaling
from benchmarks.timing import alternate


def test_candidates_take_turns_and_a_slow_one_is_called_once_a_turn():
    order = []
    calls = {
        "a": lambda: order.append("a"),
        "slow": lambda: order.append("slow") or time.sleep(0.01),
    }
    found = alternate(calls, repeats=4, seconds=0.005)
    assert {name: len(times) for name, times in found.items()} == {"a": 4, "slow": 4}
    assert np.all(found["slow"] >= 0.01)
    # Two before, one to see how long it takes, four turns.
    assert order.count("slow") == 7 and order.count("a") > 7
    assert order[-1] == "slow" and order[-2] == "a"


def test_peak_memory_counts_what_is_given_back():
    if not os.access("/proc/self/clear_refs", os.W_OK):
        pytest.skip("the peak can be set back on Linux only")
    peak = memory.peak(lambda: np.ones(2**24).sum())
    assert 0.9 * 2**27 < peak < 1.3 * 2**27


GPU = """
import sys
sys.modules["tensorflow"] = None
from benchmarks.gpu import main
main(sys.argv[1:])
"""


@pytest.mark.slow  # compiles twenty models
def test_the_script_for_gpus_on_a_cpu_without_tensorflow(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", GPU, "--tiny", "--repeats", "1", "--out", str(tmp_path)],
        env=os.environ | {"KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1), done.stderr
    report = json.loads((tmp_path / "results.json").read_text())
    assert report["machine"]["backend"] == "jax"
    found = {section["name"]: section["data"] for section in report["sections"]}
    ours = [row for row in found["losses"] if row["candidate"] == "keras-pod"]
    assert len(ours) == 4 and all(0 < row["bandwidth_share"] < 1 for row in ours)
    for name in ("steps-float32", "steps-bfloat16"):
        assert {"softmax", "pod", "arcface"} < {row["head"] for row in found[name]}
        for row in found[name]:
            assert row["images_per_second"] == pytest.approx(8 / row["seconds"][0])
    assert len(found["classes"]) == 3 * 2 and len(found["fit"]) == 2 * 2


def test_results_say_how_they_were_found(tmp_path, monkeypatch, capsys):
    # Importing it sets this for good.
    monkeypatch.setenv("OMP_WAIT_POLICY", "passive")
    from benchmarks import __main__ as bench
    from benchmarks.report import Section

    sections = {n: lambda *_, n=n, **__: Section(n, n, ()) for n in ("steps", "start")}
    monkeypatch.setattr(bench, "SECTIONS", sections)
    for flags, repeats in (
        (["--quick"], {"steps": 5, "start": 20}),
        (["--only", "start", "--repeats", "3"], {"start": 3}),
    ):
        assert bench.main([*flags, "--out", str(tmp_path)]) == 0
        found = json.loads((tmp_path / "results.json").read_text())["run"]
        quick = "--quick" in flags
        assert found == {"arguments": flags, "quick": quick, "repeats": repeats}
    with pytest.raises(SystemExit, match="2"):
        bench.main(["--only", "losse"])
    assert "--only losse: choose from steps, start" in capsys.readouterr().err


def test_the_collectives_of_a_program():
    program = """
    %a = f32[8,4]{1,0} all-reduce(f32[8,4] %b), channel_id=1
    %c = (bf16[16]{0}, s32[]) all-gather-start(%d)
    %e = f32[100]{0} add(%f, %g)
    """
    assert scaling.exchanged_bytes(program) == 8 * 4 * 4 + 16 * 2 + 4
