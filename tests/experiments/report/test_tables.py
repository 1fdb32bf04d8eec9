import dataclasses

import numpy as np

from keras_pod.experiments.report import tables
from keras_pod.experiments.report.measurements import measure
from keras_pod.experiments.report.runs import Group, Run
from keras_pod.experiments.run.run_folder import RunFolder
from tests.experiments.report.conftest import made_up

TEST, VECTORS = made_up()
BASE = measure(TEST, TEST, VECTORS, fixed=False)


def run(method, seed, **settings):
    content = {
        "settings": {"loss": method, "seed": seed, "options": {}, "lr": 0.1} | settings,
        "backend": "jax",
        "versions": {"keras": "3.15.0"},
        "result": {"accuracy_best": 0.9 + seed / 100, "parameters": 12345},
    }
    label = f"{method}, seed {seed}"
    return Run(RunFolder(f"{method}-{seed}"), content, [], method, label)


RUNS = [run("softmax", 0), run("softmax", 1), run("pod", 0, options={"lam": 2.0})]
GROUP = Group(RUNS)


def rows(table):
    return {name: cells for name, *cells in table.rows}


def test_summary():
    found = tables.summary(GROUP, {r.label: BASE for r in RUNS})
    assert found.columns == ["", "softmax", "pod"]
    own = rows(found)
    assert own["seeds"] == ["0, 1", "0"]
    assert own["the same, best epoch"] == ["90.50 % ± 0.71", "90.00 %"]
    # What is the same in all runs has no spread.
    assert own["parameters"] == ["12,345", "12,345"]


def test_settings():
    few, every = tables.differing_settings(GROUP), tables.settings(GROUP)
    assert few.columns == ["", "softmax", "pod"]
    assert few.rows == [["loss", "softmax", "pod"], ["lam", "", "2"]]
    assert every.columns == ["", *(r.label for r in RUNS)]
    own = rows(every)
    assert own["folder"] == ["softmax-0", "softmax-1", "pod-0"]
    assert own["seed"] == ["0", "1", "0"] and own["backend"] == ["jax"] * 3
    assert own["keras (version)"] == ["3.15.0"] * 3


def test_confusion():
    one = dataclasses.replace(
        BASE, labels=np.array([0, 0, 0, 1, 2]), predicted=np.array([0, 1, 1, 1, 0])
    )
    found = tables.confusion(one, ["a", "b", "c", "d"])
    assert found.columns == ["true", "a", "b", "c", "d", "right"]
    assert rows(found) == {
        "a": ["1", "2", "", "", "33.33 %"],
        "b": ["", "1", "", "", "100.00 %"],
        "c": ["1", "", "", "", "0.00 %"],
        "d": [""] * 5,
    }
    shades = found.shades[:, 1:-1]
    assert shades.sum() == found.shades.sum()
    assert shades.tolist() == [[0, 1, 0, 0], [0] * 4, [0.5, 0, 0, 0], [0] * 4]


def test_of_many_classes_the_worst():
    labels = np.arange(300) % 30
    predicted = labels.copy()
    predicted[labels == 7] = 8
    predicted[:30][labels[:30] == 3] = 4
    one = dataclasses.replace(BASE, labels=labels, predicted=predicted)
    assert tables.confusion(one, [f"class {i}" for i in range(30)]).rows == [
        ["class 7", "class 8", "10", "100.00 %"],
        ["class 3", "class 4", "1", "10.00 %"],
    ]
