import shutil

import pytest

from keras_pod.experiments.report.runs import differing, read
from tests.experiments.report.conftest import change


def labels(group):
    return [run.label for run in group.runs]


@pytest.fixture
def twin(copies, tmp_path):
    """A function that copies the pod run, and changes the copy."""

    def make(name, **settings):
        shutil.copytree(copies[1], tmp_path / name)
        change(tmp_path / name, **settings)
        return tmp_path / name

    return make


def test_names_tell_runs_apart(copies, twin):
    softmax, pod = copies
    change(pod, options={"alpha": 0.01, "lam": 1.0})
    # A setting younger than a run is its default.
    change(softmax, lambda run: run["settings"].pop("nesterov"))
    other = {"alpha": 0.1, "lam": 1.0}
    folders = [twin("a", seed=2), twin("b", options=other), twin("c", seed=1)]
    (group,) = read([*folders, softmax, pod])
    assert list(group.methods) == ["pod, alpha=0.01", "pod, alpha=0.1", "softmax"]
    assert labels(group) == [
        "pod, alpha=0.01, seed 0",
        "pod, alpha=0.01, seed 1",
        "pod, alpha=0.01, seed 2",
        "pod, alpha=0.1",
        "softmax",
    ]
    assert len({run.protocol for run in group.runs}) == 1
    found = differing(group.runs)
    assert {"loss", "lr", "alpha"} <= set(found)
    assert not {"data", "epochs", "dim", "nesterov"} & set(found)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        # What differs is too long for a name.
        (
            {"epochs": 300, "dim": 1024, "batch_size": 512, "backbone": "resnet50"},
            ["softmax", "pod as in pod", "pod as in twin"],
        ),
        # Measures besides are not in the name.
        ({"seed": 1, "measure": "norms"}, ["softmax", "pod, seed 0", "pod, seed 1"]),
        # Copies are told apart by their folder.
        ({}, ["softmax", "pod, seed 0 ({}/pod)", "pod, seed 0 ({}/twin)"]),
    ],
)
def test_names_of_a_twin(copies, twin, tmp_path, settings, expected):
    (group,) = read([*copies, twin("twin", **settings)])
    assert labels(group) == [name.format(tmp_path) for name in expected]


def test_another_backend_is_another_protocol_and_no_seed(copies, twin):
    other = twin("twin", seed=1)
    change(copies[1], lambda run: run.update(backend="jax"))
    (group,) = read([copies[1], other])
    assert group.runs[0].protocol != group.runs[1].protocol
    assert labels(group) == ["pod, jax", "pod, tensorflow"]


def test_other_data_is_another_group(copies, tmp_path):
    change(copies[1], validation_split=0.2)
    first, second = groups = read(copies)
    assert [labels(g) for g in groups] == [["softmax"], ["pod"]]
    assert first.title == "digits: 10 classes, 8×8×1 pixels, 360 test images"
    assert "validation images" in second.title
    # Folders of one name are told apart, however a path is written.
    for copy, fold in zip(copies, ("fold1", "fold2"), strict=True):
        (tmp_path / fold / "photos").mkdir(parents=True)
        change(copy, data=f"{tmp_path}/{fold}/../{fold}/photos/", validation_split=0)
    titles = [group.title for group in read(copies)]
    for title, fold in zip(titles, ("fold1", "fold2"), strict=True):
        assert title.startswith(f"{tmp_path / fold / 'photos'}: 10 classes")
