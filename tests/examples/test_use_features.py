import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.examples.loading import RESULTS, load

OURS = RESULTS / "features-digits"


@pytest.fixture
def example(monkeypatch, tmp_path):
    """The example in an empty folder, which notes what it would train."""
    monkeypatch.chdir(tmp_path)
    module = load("use_features")
    one = json.loads((OURS / "results.jsonl").read_text().splitlines()[0])
    module.trained = []

    def measure(data, method, seed, epochs):
        module.trained.append((method, seed, epochs))
        own = {"data": data, "method": method, "seed": seed, "epochs": epochs}
        return one | own | {"accuracy": epochs / 100}

    monkeypatch.setattr(module, "measure", measure)
    return module


def run(example, monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["use_features.py", *map(str, arguments)])
    example.main()


def test_it_trains_in_a_fresh_clone_and_goes_on(example, monkeypatch, capsys):
    run(example, monkeypatch, "--seeds", 1)
    assert example.trained == [("pod", 0, 30), ("softmax", 0, 30)]
    assert Path("runs/features-digits/table.md").exists()
    run(example, monkeypatch, "--seeds", 2)
    assert example.trained[2:] == [("pod", 1, 30), ("softmax", 1, 30)]
    assert "2 runs of digits, 30 epochs, are in" in capsys.readouterr().out


def test_runs_of_other_epochs_are_others(example, monkeypatch, capsys):
    run(example, monkeypatch, "--seeds", 1)
    run(example, monkeypatch, "--seeds", 1, "--epochs", 2)
    assert example.trained[2:] == [("pod", 0, 2), ("softmax", 0, 2)]
    assert "| accuracy, known classes | 2.0 | 2.0 |" in capsys.readouterr().out
    run(example, monkeypatch, "--seeds", 1)
    assert len(example.trained) == 4
    assert "| accuracy, known classes | 30.0 | 30.0 |" in capsys.readouterr().out


def test_our_results_are_shown_again(example, monkeypatch, capsys):
    shutil.copytree(OURS, "ours")
    run(example, monkeypatch, "--out", "ours")
    assert example.trained == []
    assert "6 runs of digits, 30 epochs" in capsys.readouterr().out
    assert Path("ours/table.md").read_text() == (OURS / "table.md").read_text()
