"""The benchmark as it is started, and what its numbers are made of."""

import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from benchmarks import memory
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


def started(folder, *command, **environment):
    """The report of a benchmark in a process of its own."""
    done = subprocess.run(
        [sys.executable, *command, "--repeats", "1", "--out", str(folder)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1), done.stderr
    return json.loads((folder / "results.json").read_text())


@pytest.mark.slow  # starts processes
def test_as_a_user_starts_it(tmp_path):
    command = ["-m", "benchmarks", "--quick", "--only", "start,epochs"]
    found = started(tmp_path, *command)
    assert found["machine"]["cores"] >= 1
    start, epochs = found["sections"]
    measured = {row["what"] for row in start["data"]}
    assert measured >= {"import keras", "import keras_pod"}
    assert "keras-pod --help" in (tmp_path / "table.md").read_text()
    programs = [row["program"] for row in epochs["data"]]
    assert programs[:2] == ["keras-pod train", "model.fit"]


GPU = """
import sys
sys.modules["tensorflow"] = None
from benchmarks.gpu import main
main(sys.argv[1:])
"""


@pytest.mark.slow  # compiles twenty models
def test_the_script_for_gpus_on_a_cpu_without_tensorflow(tmp_path):
    report = started(tmp_path, "-c", GPU, "--tiny", KERAS_BACKEND="jax")
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


def test_results_say_how_they_were_found(tmp_path, monkeypatch, capsys):
    # Importing it sets this for good.
    monkeypatch.setenv("OMP_WAIT_POLICY", "passive")
    from benchmarks import __main__ as bench
    from benchmarks.report import Section

    sections = {n: lambda *_, n=n, **__: Section(n, n, ()) for n in ("steps", "start")}
    monkeypatch.setattr(bench, "SECTIONS", sections)
    found = []
    for flags in (["--quick"], ["--narrow", "--only", "start", "--repeats", "3"]):
        assert bench.main([*flags, "--out", str(tmp_path)]) == 0
        text = (tmp_path / "results.json").read_text()
        assert str(tmp_path) not in text
        found.append(json.loads(text)["run"])
        line = " ".join(["`python -m benchmarks", *flags])
        assert f"- command: {line}`" in (tmp_path / "table.md").read_text()
    first, second = found
    repeats = {"steps": 5, "start": 20}
    assert first == {"arguments": ["--quick"], "quick": True, "repeats": repeats}
    assert second["repeats"] == {"start": 3} and not second["quick"]
    with pytest.raises(SystemExit) as end:
        bench.main(["--only", "losse"])
    assert end.value.code == 2
    assert "--only losse: choose from steps, start" in capsys.readouterr().err
