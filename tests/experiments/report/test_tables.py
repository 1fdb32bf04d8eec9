import dataclasses

import numpy as np

from keras_pod.experiments.report import tables
from keras_pod.experiments.report.measurements import measure
from keras_pod.experiments.report.runs import Group, Run
from keras_pod.experiments.run.run_folder import RunFolder
from tests.experiments.report.conftest import made_up

TEST, VECTORS = made_up()
BASE = measure(TEST, TEST, VECTORS, fixed=False)
NAMES = ["a", "b", "c", "d"]


def run(method, seed, **settings):
    content = {
        "settings": {"loss": method, "seed": seed, "options": {}, "lr": 0.1}
        | {"data": "mine", "backbone": "auto", "dim": 6, "epochs": 2}
        | settings,
        "data": {"class_names": NAMES},
        "backend": "jax",
        "versions": {"keras": "3.15.0"},
        "result": {
            "accuracy_best": 0.9 + seed / 100,
            "epoch_best": 2,
            "train_accuracy_last": 1.0,
            "seconds": 10.0,
            "parameters": 12345,
        },
    }
    label = f"{method}, seed {seed}"
    return Run(RunFolder(f"{method}-{seed}"), content, [], method, label)


RUNS = [run("softmax", 0), run("softmax", 1), run("pod", 0, options={"lam": 2.0})]
GROUP = Group(RUNS)


def measured(**changes):
    return {r.label: dataclasses.replace(BASE, **changes) for r in RUNS}


def row(table, name):
    return next(own for own in table.rows if own[0] == name)


def test_summary():
    found = tables.summary(GROUP, measured())
    assert found.columns == ["", "softmax", "pod"]
    assert row(found, "seeds") == ["seeds", "0, 1", "0"]
    best = row(found, "the same, best epoch")
    assert best[1:] == ["90.50 % ± 0.71", "90.00 %"]
    # What is the same in all runs has no spread, and what nobody has no row.
    assert row(found, "parameters")[1:] == ["12,345", "12,345"]
    assert "accuracy of a Gaussian per class" not in [r[0] for r in found.rows]


def test_settings():
    few, every = tables.differing_settings(GROUP), tables.settings(GROUP)
    assert few.columns == ["", "softmax", "pod"]
    assert few.rows == [["loss", "softmax", "pod"], ["lam", "", "2"]]
    assert every.columns == ["", *(r.label for r in RUNS)]
    assert row(every, "seed") == ["seed", "0", "1", "0"]
    assert row(every, "folder")[1:] == ["softmax-0", "softmax-1", "pod-0"]
    assert row(every, "backend")[1:] == ["jax"] * 3
    assert row(every, "keras (version)")[1:] == ["3.15.0"] * 3


def test_confusion():
    one = dataclasses.replace(
        BASE, labels=np.array([0, 0, 0, 1, 2]), predicted=np.array([0, 1, 1, 1, 0])
    )
    found = tables.confusion(one, ["a", "b", "c"])
    assert found.columns == ["true", "a", "b", "c", "right"]
    assert found.rows == [
        ["a", "1", "2", "", "33.33 %"],
        ["b", "", "1", "", "100.00 %"],
        ["c", "1", "", "", "0.00 %"],
    ]
    assert found.shades.tolist() == [[0, 0, 1, 0, 0], [0] * 5, [0, 0.5, 0, 0, 0]]


def test_of_many_classes_the_worst():
    names = [f"class {i}" for i in range(30)]
    labels = np.arange(300) % 30
    predicted = labels.copy()
    predicted[labels == 7] = 8
    predicted[:30][labels[:30] == 3] = 4
    one = dataclasses.replace(BASE, labels=labels, predicted=predicted)
    assert tables.confusion(one, names).rows == [
        ["class 7", "class 8", "10", "100.00 %"],
        ["class 3", "class 4", "1", "10.00 %"],
    ]


def test_the_best_is_marked():
    made = measured()
    numbers = BASE.numbers | {"accuracy": 0.995}
    made["pod, seed 0"] = dataclasses.replace(BASE, numbers=numbers)
    found = tables.summary(GROUP, made)
    best = {row[0]: marked for row, marked in zip(found.rows, found.best, strict=True)}
    # A mean norm is neither good nor bad.
    assert best["test accuracy, last epoch"] == {2} and not best["mean feature norm"]
