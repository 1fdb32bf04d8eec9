import dataclasses
import json

import keras
import numpy as np
import pytest
from filelock import FileLock

from keras_pod import data as datasets
from keras_pod.core.errors import InputError
from keras_pod.experiments.run import train as module
from keras_pod.experiments.run.build import build
from keras_pod.experiments.run.progress import TrainingDiverged
from keras_pod.experiments.run.run_folder import HISTORY_COLUMNS, RunFolder
from keras_pod.experiments.run.settings import Settings
from keras_pod.experiments.run.train import train, warn_of_short_batch
from tests.experiments.run.conftest import SMALL


def settings(npz, **changes):
    return Settings(data=str(npz), **(SMALL | {"epochs": 1} | changes))


def test_a_run_leaves_model_history_settings_and_picture(finished):
    out, run = finished.path, finished.run
    assert run["result"]["accuracy_last"] > 0.9
    names = {path.name for path in out.iterdir()}
    assert names == {*"checkpoints curves.png history.csv model.keras run.json".split()}
    assert json.loads((out / "run.json").read_text()) == run
    assert not list((out / "checkpoints").glob("epoch-*"))
    rows = RunFolder(out).read_history()
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert tuple(rows[0]) == HISTORY_COLUMNS
    norms = [0.05] + [row["feature_norm"] for row in rows[:-1]]
    expected = [0.01 * e * m for e, m in enumerate(norms, 1)]
    np.testing.assert_allclose([row["delta"] for row in rows], expected, rtol=1e-5)
    model = keras.models.load_model(out / "model.keras")
    data = datasets.load(finished.settings.data)
    found = model.evaluate(data.test, verbose=0, return_dict=True)["accuracy"]
    assert found == pytest.approx(run["result"]["accuracy_last"])
    for told in ("test accuracy: last", " delta ", "curves.png"):
        assert told in finished.text


def test_a_stopped_run_goes_on_alone_with_its_own_images_and_ends_the_same(
    finished, tmp_path, console, monkeypatch
):
    wanted, folder = finished.settings, RunFolder(tmp_path / "parts")

    def stop(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        # In the second epoch, where the accuracy is measured.
        patch.setattr(datasets.EpochOrder, "on_epoch_end", stop, raising=False)
        with pytest.raises(KeyboardInterrupt):
            train(wanted, folder.path, console)
    begun = folder.read_json()
    folder.write_json(begun | {"data": begun["data"] | {"num_train": 7}})
    with pytest.raises(InputError, match="began with other data .num_train 7 -> 240"):
        train(wanted, folder.path, console)
    # As if it had been begun before the deviation was noted.
    del begun["data"]["std"]
    folder.write_json(begun)
    with FileLock(folder.checkpoints / ".lock"):
        with pytest.raises(InputError, match="another process is training"):
            train(wanted, folder.path, console)
    parts = train(wanted, folder.path, console)
    assert "going on after epoch 1" in console.file.getvalue()
    results = [{**run["result"], "seconds": None} for run in (finished.run, parts)]
    assert results[0] == results[1]
    paths = (finished.path, folder.path)
    whole, parts = (keras.models.load_model(path / "model.keras") for path in paths)
    for u, v in zip(whole.weights, parts.weights, strict=True):
        assert np.array_equal(*map(keras.ops.convert_to_numpy, (u, v))), u.path


def test_what_can_be_asked_for_besides(npz, tmp_path, console):
    asked = {"dim": 2, "epochs": 3, "validate_every": 2, "measure": "norms"}
    wanted = settings(npz, precision="mixed_bfloat16", loss="softmax", **asked)
    run = train(wanted, tmp_path, console)
    result, text = run["result"], console.file.getvalue()
    # A validation every other epoch and after the last.
    rows = RunFolder(tmp_path).read_history()
    validated = [row["epoch"] for row in rows if row["val_accuracy"] is not None]
    assert validated == [2, 3] and text.count("val_accuracy") == 2
    assert result["accuracy_last"] == rows[-1]["val_accuracy"]
    assert result["epoch_best"] in validated
    assert "accuracy_low_norm" in result and "share_low_norm: " in text
    # A loss without delta.
    assert [row["delta"] for row in rows] == [0] * 3 and " delta " not in text
    # The precision does not outlive the run.
    assert keras.config.dtype_policy().name == "float32"


def test_what_cannot_be_measured_is_refused_first(npz, tmp_path, console):
    with pytest.raises(InputError, match="no superclasses"):
        train(settings(npz, measure="prototypes"), tmp_path, console)
    assert not (tmp_path / "history.csv").exists()


def test_the_published_crop_has_eight_offsets_beside_the_mean():
    crop = module._AUGMENT["legacy-crop"]
    assert crop.offsets == 8 and crop.flip and crop.pad_value == "mean"


def test_a_finished_run_is_not_repeated(finished, tmp_path, console, monkeypatch):
    folder = finished.copied(tmp_path / "run")
    stamp = folder.model.stat().st_mtime_ns
    # As if it had been killed before it removed that.
    left = folder.checkpoints / "epoch-000002"
    left.mkdir()
    # Nor is one from before a setting was there.
    old = json.loads(json.dumps(finished.run))
    del old["settings"]["validate_every"]
    folder.write_json(old)
    assert train(finished.settings, folder.path, console) == old
    assert not left.exists()
    # As another process finds it that started before this one ended.
    folder.write_json({k: v for k, v in finished.run.items() if k != "result"})

    def build_slowly(*arguments):
        folder.write_json(finished.run)
        return build(*arguments)

    monkeypatch.setattr(module, "build", build_slowly)
    assert train(finished.settings, folder.path, console) == finished.run
    assert folder.read_json() == finished.run
    assert folder.model.stat().st_mtime_ns == stamp
    assert console.file.getvalue().count("already finished") == 2
    folder.write_json(finished.run | {"data": finished.run["data"] | {"num_train": 7}})
    with pytest.raises(InputError, match="began with other data .num_train 7 -> 240"):
        train(finished.settings, folder.path, console)
    folder.write_json(finished.run)
    for change, message in (
        ({"lr": 0.25}, "lr 0.3 -> 0.25"),
        ({"epochs": 4}, "other epochs begin anew"),
    ):
        other = dataclasses.replace(finished.settings, **change)
        with pytest.raises(InputError, match=message):
            train(other, folder.path, console)


def test_divergence_is_said_and_no_model_is_left(npz, tmp_path, console):
    # In the one step of an epoch, after its loss was taken, too.
    for size in (30, 240):
        lost = settings(npz, loss="softmax", lr=1e30, batch_size=size)
        with pytest.raises(TrainingDiverged, match="--lr"):
            train(lost, tmp_path / str(size), console)
    assert not [*tmp_path.glob("*/model.keras")]


@pytest.mark.parametrize(
    ("images", "changes", "told"),
    [(1282, {}, 1), (100, {}, 0), (1280, {}, 0), (1296, {}, 0)]
    + [(1282, {"drop_last": True}, 0), (1282, {"class_balanced": 4}, 0)],
)
def test_a_last_batch_of_a_few_images_is_warned_of(images, changes, told, console):
    warn_of_short_batch(Settings(**changes), images, console)
    assert console.file.getvalue().count("has 2 of 128 images") == told
    assert bool(console.file.getvalue()) == bool(told)
