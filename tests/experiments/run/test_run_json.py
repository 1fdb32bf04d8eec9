import pytest

from keras_pod import data as datasets
from keras_pod.core.errors import InputError
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.run_json import check_same_data, data_now, place_of_data


def test_images_are_known_by_their_mean_and_classes(finished):
    data, had = datasets.load(finished.settings.data), finished.run["data"]
    check_same_data(had | {"mean": [had["mean"][0] * (1 + 1e-6)]}, data, finished.path)
    for name, value in [("mean", [0.9]), ("class_names", ["a"])]:
        with pytest.raises(InputError, match=f"began with other data .{name} "):
            check_same_data(had | {name: value}, data, finished.path)


def test_data_are_found_where_they_and_the_run_were_moved(tmp_path, monkeypatch):
    old, new = tmp_path / "old", tmp_path / "new"
    (old / "run").mkdir(parents=True)
    (old / "bars.npz").touch()
    # As if it had been trained in `old` as `--data bars.npz`.
    place = place_of_data(str(old / "bars.npz"), old / "run")
    content = {"settings": {"data": "bars.npz"}, "data": place}

    def now(run, given=None):
        return data_now(content, RunFolder(run), given)

    assert now(old / "run") == str(old / "bars.npz")
    old.rename(new)
    assert now(new / "run") == str(new / "bars.npz")
    (new / "bars.npz").rename(tmp_path / "away.npz")
    assert now(new / "run") == str(old / "bars.npz")
    assert now(new / "run", tmp_path / "away.npz") == str(tmp_path / "away.npz")
    # A folder from before paths were written, where its data are beside it.
    content["data"] = {}
    (tmp_path / "away.npz").rename(new / "bars.npz")
    monkeypatch.chdir(new)
    assert now("run") == "bars.npz"
    assert place_of_data("digits", new) == {}
