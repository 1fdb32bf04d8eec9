import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_pod
from tests.loading import EXAMPLES, RESULTS, load, run

OURS = RESULTS / "features-digits"


@pytest.fixture
def example(monkeypatch, tmp_path):
    """The example in an empty folder, which notes what it would train."""
    monkeypatch.chdir(tmp_path)
    module = load(EXAMPLES / "use_features.py")
    one = json.loads((OURS / "results.jsonl").read_text().splitlines()[0])
    module.trained = []

    def measure(data, method, seed, epochs):
        module.trained.append((method, seed, epochs))
        own = {"data": data, "method": method, "seed": seed, "epochs": epochs}
        return one | own | {"accuracy": epochs / 100}

    monkeypatch.setattr(module, "measure", measure)
    return module


def test_it_trains_in_a_fresh_clone_and_goes_on(example, capsys):
    run(example, "--seeds", 1)
    assert example.trained == [("pod", 0, 30), ("softmax", 0, 30)]
    assert Path("runs/features-digits/table.md").exists()
    run(example, "--seeds", 2)
    assert example.trained[2:] == [("pod", 1, 30), ("softmax", 1, 30)]
    assert "2 runs of digits, 30 epochs, are in" in capsys.readouterr().out
    # Runs of other epochs are others.
    run(example, "--seeds", 1, "--epochs", 2)
    assert example.trained[4:] == [("pod", 0, 2), ("softmax", 0, 2)]
    assert "| accuracy, known classes | 2.0 | 2.0 |" in capsys.readouterr().out


def test_our_results_are_shown_again(example, capsys):
    shutil.copytree(OURS, "ours")
    run(example, "--out", "ours")
    assert example.trained == []
    assert "6 runs of digits, 30 epochs" in capsys.readouterr().out
    assert Path("ours/table.md").read_text() == (OURS / "table.md").read_text()


def test_both_solvers_for_every_method():
    example = load(EXAMPLES / "use_features.py")
    rng = np.random.default_rng(0)
    y = np.arange(300) % 5
    x = (rng.normal(size=(300, 6)) + 4 * np.eye(6)[y]).astype("float32")
    old, new = (x[y < 3], y[y < 3]), (x[y >= 3], y[y >= 3])
    found = {}
    room = keras_pod.layers.PEDCC(3, alpha=None, reserved=2)
    for head in (room, keras.layers.Dense(3, name="logits")):
        backbone = keras.Sequential([keras.Input((6,)), keras.layers.Dense(16, "tanh")])
        model = keras_pod.Classifier.from_backbone(backbone, head, 8)
        model.compile(keras.optimizers.SGD(0.3), keras_pod.losses.CrossEntropyLoss())
        model.fit(*old, epochs=10, verbose=0)
        found[head.name] = example.extension(model, old, new, (old, new), 0)
    for accuracies in found.values():
        solvers = {name.split(", ")[1] for name in accuracies}
        assert solvers == {"class means", "ridge"} and len(accuracies) == 6
        for name, found_by in accuracies.items():
            # A guess among five classes is right in 0.2 of cases.
            assert min(found_by.values()) > (0.6 if "ridge" in name else 0.3), found
