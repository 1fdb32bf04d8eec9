"""The benchmark as it is started, and what its numbers are made of."""

import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from benchmarks import memory
from benchmarks.cases import OURS
from benchmarks.timing import alternate


def test_candidates_take_turns():
    order = []
    calls = {name: lambda name=name: order.append(name) for name in "ab"}
    found = alternate(calls, repeats=3, seconds=0.0)
    assert {name: len(times) for name, times in found.items()} == {"a": 3, "b": 3}
    assert order[-6:] == ["a", "b"] * 3


def test_a_slow_candidate_is_called_once_a_turn():
    calls = []

    def slow():
        calls.append(time.sleep(0.01))

    assert np.all(alternate({"slow": slow}, repeats=4, seconds=0.005)["slow"] >= 0.01)
    # Two before, one to see how long it takes, four turns.
    assert len(calls) == 7


def test_peak_memory_counts_what_is_given_back():
    if not os.access("/proc/self/clear_refs", os.W_OK):
        pytest.skip("the peak can be set back on Linux only")
    peak = memory.peak(lambda: np.ones(2**24).sum())
    assert 0.9 * 2**27 < peak < 1.3 * 2**27


@pytest.mark.slow  # starts a process
def test_peak_memory_of_candidates():
    names = [OURS, "as printed, B x k x n"]
    size = (32, 100, 512)
    wanted = [{"case": "rbf-softmax", "size": size, "candidate": n} for n in names]
    ours, printed = memory.peaks(wanted)
    assert printed > 32 * 100 * 512 * 4 > ours


@pytest.mark.slow  # starts processes
def test_as_a_user_starts_it(tmp_path):
    command = [sys.executable, "-m", "benchmarks", "--quick", "--repeats", "1"]
    done = subprocess.run(
        [*command, "--only", "start,epochs", "--out", str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1), done.stderr
    found = json.loads((tmp_path / "results.json").read_text())
    assert found["machine"]["cores"] >= 1
    start, epochs = found["sections"]
    assert {row["what"] for row in start["data"]} >= {
        "import keras",
        "import keras_pod",
    }
    assert "keras-pod --help" in (tmp_path / "table.md").read_text()
    programs = [row["program"] for row in epochs["data"]]
    assert programs[:2] == ["keras-pod train", "model.fit"]


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
    assert first == {
        "arguments": ["--quick"],
        "quick": True,
        "repeats": {"steps": 5, "start": 20},
    }
    assert second["repeats"] == {"start": 3} and not second["quick"]
    with pytest.raises(SystemExit) as end:
        bench.main(["--only", "losse"])
    assert end.value.code == 2
    assert "--only losse: choose from steps, start" in capsys.readouterr().err
