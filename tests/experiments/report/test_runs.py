import json
import shutil

import pytest

from keras_pod.core.errors import InputError
from keras_pod.experiments.report.runs import differing, read
from tests.experiments.report.conftest import change


def labels(group):
    return [run.label for run in group.runs]


def test_names_tell_runs_apart(copies, tmp_path):
    softmax, pod = copies
    for name in ("a", "b", "c"):
        shutil.copytree(pod, tmp_path / name)
    change(tmp_path / "a", seed=2)
    change(tmp_path / "b", options={"alpha": 0.1, "lam": 1.0})
    change(tmp_path / "c", seed=1)
    folders = [tmp_path / name for name in "abc"]
    change(pod, options={"alpha": 0.01, "lam": 1.0})
    for folder in (tmp_path / "a", tmp_path / "c"):
        change(folder, options={"alpha": 0.01, "lam": 1.0})
    (group,) = read([*folders, softmax, pod])
    assert list(group.methods) == ["pod, alpha=0.01", "pod, alpha=0.1", "softmax"]
    assert labels(group) == [
        "pod, alpha=0.01, seed 0",
        "pod, alpha=0.01, seed 1",
        "pod, alpha=0.01, seed 2",
        "pod, alpha=0.1",
        "softmax",
    ]


def test_long_names_are_numbers(copies, tmp_path):
    twin = tmp_path / "twin"
    shutil.copytree(copies[1], twin)
    change(twin, epochs=300, dim=1024, batch_size=512, backbone="resnet50")
    (group,) = read([*copies, twin])
    assert labels(group) == ["softmax", "pod 1", "pod 2"]


def test_settings_younger_than_a_run_are_their_defaults(copies):
    path = copies[0] / "run.json"
    content = json.loads(path.read_text())
    del content["settings"]["nesterov"]
    path.write_text(json.dumps(content))
    (group,) = read(copies)
    assert "nesterov" not in differing(group.runs)
    assert group.runs[0].protocol == group.runs[1].protocol


def test_another_backend_is_another_protocol(copies, tmp_path):
    softmax, pod = copies
    content = json.loads((pod / "run.json").read_text())
    (pod / "run.json").write_text(json.dumps(content | {"backend": "jax"}))
    (group,) = read([softmax, pod])
    assert group.runs[0].protocol != group.runs[1].protocol
    # Nor is it another seed of the same method.
    twin = tmp_path / "twin"
    shutil.copytree(pod, twin)
    (twin / "run.json").write_text(json.dumps(content))
    change(twin, seed=1)
    (group,) = read([pod, twin])
    assert labels(group) == ["pod, jax", "pod, tensorflow"]


def test_what_is_measured_besides_is_not_in_the_name(copies, tmp_path):
    twin = tmp_path / "twin"
    shutil.copytree(copies[1], twin)
    change(twin, seed=1, measure="norms")
    (group,) = read([*copies, twin])
    assert labels(group) == ["softmax", "pod, seed 0", "pod, seed 1"]


def test_copies_of_a_run_are_told_apart_by_their_folder(copies, tmp_path):
    twin = tmp_path / "twin"
    shutil.copytree(copies[1], twin)
    (group,) = read([copies[1], twin])
    assert all(str(run.folder.path) in run.label for run in group.runs)
    assert len(group.methods) == 2


def test_other_data_is_another_group(copies):
    change(copies[1], validation_split=0.2)
    groups = read(copies)
    assert [labels(g) for g in groups] == [["softmax"], ["pod"]]
    assert "360 test images" in groups[0].title
    assert "validation images" in groups[1].title


def test_the_same_folder_is_the_same_data(copies, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    change(copies[0], data="photos/", loss="pod")
    change(copies[1], data=str(tmp_path / "photos"), seed=1)
    options = json.loads((copies[1] / "run.json").read_text())["settings"]
    change(copies[0], **{k: options[k] for k in ("options", "lr", "l2", "neck")})
    (group,) = read(copies)
    assert labels(group) == ["pod, seed 0", "pod, seed 1"]
    assert group.runs[0].protocol == group.runs[1].protocol


def test_folders_of_one_name_are_told_apart(copies, tmp_path):
    folds = [tmp_path / fold / "photos" for fold in ("fold1", "fold2")]
    for copy, fold in zip(copies, folds, strict=True):
        change(copy, data=str(fold))
    groups = read(copies)
    assert [labels(g) for g in groups] == [["softmax"], ["pod"]]
    for group, fold in zip(groups, folds, strict=True):
        assert group.title.endswith(f"({fold})")


def test_what_differs(copies):
    (group,) = read(copies)
    found = differing(group.runs)
    assert {"loss", "lr", "alpha"} <= set(found)
    assert not {"data", "epochs", "seed"} & set(found)


def test_bad_folders(copies, tmp_path):
    with pytest.raises(InputError, match="is not a run's folder"):
        read([tmp_path / "nowhere"])
    with pytest.raises(InputError, match="named twice"):
        read([copies[0], copies[0].parent / "." / "softmax"])
    (copies[0] / "model.keras").unlink()
    with pytest.raises(InputError, match="is not finished"):
        read(copies)
