import shutil

import pytest

from keras_pod.core.errors import InputError
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
    found = differing(group.runs)
    assert {"loss", "lr", "alpha"} <= set(found)
    assert not {"data", "epochs", "dim"} & set(found)


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


def test_settings_younger_than_a_run_are_their_defaults(copies):
    change(copies[0], lambda run: run["settings"].pop("nesterov"))
    (group,) = read(copies)
    assert "nesterov" not in differing(group.runs)
    assert group.runs[0].protocol == group.runs[1].protocol


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
    assert "360 test images" in first.title and "validation images" in second.title
    # Folders of one name are told apart.
    folds = [tmp_path / fold / "photos" for fold in ("fold1", "fold2")]
    for copy, fold in zip(copies, folds, strict=True):
        change(copy, data=str(fold), validation_split=0)
    for group, fold in zip(read(copies), folds, strict=True):
        assert group.title.startswith(f"{fold}: 10 classes")


def test_the_same_folder_is_the_same_data(twin, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    folders = (
        twin("a", data="photos/"),
        twin("b", data=str(tmp_path / "photos"), seed=1),
    )
    (group,) = read(folders)
    assert labels(group) == ["pod, seed 0", "pod, seed 1"]
    assert group.runs[0].protocol == group.runs[1].protocol


def test_the_same_folder_twice_by_another_path(copies):
    with pytest.raises(InputError, match="named twice"):
        read([copies[0], copies[0].parent / "." / "softmax"])
