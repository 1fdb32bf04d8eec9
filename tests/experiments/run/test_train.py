import json

import keras
import numpy as np
import pytest
from filelock import FileLock
from rich.console import Console

from keras_pod import data as datasets
from keras_pod.callbacks import AnnealMargin
from keras_pod.core.errors import InputError
from keras_pod.experiments.run import train as module
from keras_pod.experiments.run.build import build
from keras_pod.experiments.run.feature_frames import read_frames
from keras_pod.experiments.run.progress import TrainingDiverged
from keras_pod.experiments.run.run_folder import HISTORY_COLUMNS, RunFolder
from keras_pod.experiments.run.settings import Settings
from keras_pod.experiments.run.train import train, warn_of_short_batch


def settings(npz, **changes):
    small = {
        "backbone": "resnet8-4",
        "epochs": 3,
        "dim": 8,
        "batch_size": 30,
        "lr": 0.3,
    }
    return Settings(data=str(npz), **(small | changes))


@pytest.fixture
def quiet():
    return Console(record=True, width=100, file=open("/dev/null", "w"))  # noqa: SIM115


@pytest.mark.parametrize("loss", ["pod", "softmax"])
def test_a_run_leaves_model_history_settings_and_picture(npz, tmp_path, quiet, loss):
    out = tmp_path / "run"
    run = train(settings(npz, loss=loss, epochs=8), out, quiet)
    assert run["result"]["accuracy_last"] > 0.9
    assert sorted(path.name for path in out.iterdir()) == [
        "checkpoints",
        "curves.png",
        "history.csv",
        "model.keras",
        "run.json",
    ]
    assert json.loads((out / "run.json").read_text()) == run
    rows = RunFolder(out).read_history()
    assert [row["epoch"] for row in rows] == list(range(1, 9))
    assert tuple(rows[0]) == HISTORY_COLUMNS
    deltas = [row["delta"] for row in rows]
    if loss in ("nac", "pod"):
        norms = [0.05] + [row["feature_norm"] for row in rows[:-1]]
        expected = [0.01 * e * m for e, m in enumerate(norms, 1)]
        np.testing.assert_allclose(deltas, expected, rtol=1e-5)
    else:
        assert set(deltas) == {0}
    model = keras.models.load_model(out / "model.keras")
    data = datasets.load(npz)
    found = model.evaluate(data.test, verbose=0, return_dict=True)["accuracy"]
    assert found == pytest.approx(run["result"]["accuracy_last"])
    text = quiet.export_text()
    assert "test accuracy: last" in text
    assert ("centroids: " in text) == (loss == "pod")


def test_a_stopped_run_goes_on_and_ends_the_same(npz, tmp_path, quiet, monkeypatch):
    whole = train(settings(npz), tmp_path / "whole", quiet)

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        # In the second epoch, where the accuracy is measured.
        patch.setattr(datasets.EpochOrder, "on_epoch_end", _stop_at(1), raising=False)
        with pytest.raises(KeyboardInterrupt):
            train(settings(npz), tmp_path / "parts", quiet)
    parts = train(settings(npz), tmp_path / "parts", quiet)
    assert "going on after epoch 1" in quiet.export_text()
    drop = {"seconds"}
    a, b = (
        {k: v for k, v in r["result"].items() if k not in drop} for r in (whole, parts)
    )
    assert a == b
    whole, parts = (
        keras.models.load_model(tmp_path / name / "model.keras")
        for name in ("whole", "parts")
    )
    for u, v in zip(whole.weights, parts.weights, strict=True):
        assert np.array_equal(*map(keras.ops.convert_to_numpy, (u, v))), u.path


def _stop_at(at):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == at:
            raise KeyboardInterrupt

    return on_epoch_end


def test_a_validation_every_other_epoch_and_after_the_last(npz, tmp_path, quiet):
    every = settings(npz, epochs=5, validate_every=2)
    run = train(every, tmp_path / "run", quiet)
    rows = RunFolder(tmp_path / "run").read_history()
    validated = [row["epoch"] for row in rows if row["val_accuracy"] is not None]
    assert validated == [2, 4, 5]
    assert run["result"]["accuracy_last"] == rows[-1]["val_accuracy"]
    assert run["result"]["epoch_best"] in validated
    assert quiet.export_text().count("val_accuracy") == 3


def test_the_published_crop_has_eight_offsets_beside_the_mean():
    crop = module._AUGMENT["legacy-crop"]
    assert crop.offsets == 8 and crop.flip and crop.pad_value == "mean"


def test_a_run_from_before_a_setting_was_there_is_known(npz, tmp_path, quiet):
    folder = RunFolder(tmp_path / "run")
    run = train(settings(npz, epochs=1), folder.path, quiet)
    del run["settings"]["validate_every"]
    folder.write_json(run)
    assert train(settings(npz, epochs=1), folder.path, quiet) == run


def test_a_finished_run_is_not_repeated(npz, tmp_path, quiet):
    first = train(settings(npz), tmp_path / "run", quiet)
    stamp = (tmp_path / "run" / "model.keras").stat().st_mtime_ns
    left = tmp_path / "run/checkpoints/epoch-000002"
    assert not left.exists()
    # As if it had been killed before it removed that.
    left.mkdir()
    assert train(settings(npz), tmp_path / "run", quiet) == first
    assert not left.exists()
    assert (tmp_path / "run" / "model.keras").stat().st_mtime_ns == stamp
    assert "already finished" in quiet.export_text()


def test_a_run_that_ended_while_its_model_was_built_stays(
    npz, tmp_path, quiet, monkeypatch
):
    folder = RunFolder(tmp_path / "run")
    ended = train(settings(npz, epochs=1), folder.path, quiet)
    stamp = folder.model.stat().st_mtime_ns
    # As another process finds it that started before this one ended.
    folder.write_json({k: v for k, v in ended.items() if k != "result"})

    def build_slowly(*arguments):
        folder.write_json(ended)
        return build(*arguments)

    monkeypatch.setattr(module, "build", build_slowly)
    assert train(settings(npz, epochs=1), folder.path, quiet) == ended
    assert folder.read_json() == ended
    assert folder.model.stat().st_mtime_ns == stamp
    assert "already finished" in quiet.export_text()


def test_a_run_does_not_go_on_with_other_images(npz, tmp_path, quiet):
    folder = RunFolder(tmp_path / "run")
    run = train(settings(npz, epochs=1), folder.path, quiet)
    del run["result"]
    for name, value in [("num_train", 7), ("mean", [0.9]), ("class_names", ["a"])]:
        folder.write_json(run | {"data": run["data"] | {name: value}})
        with pytest.raises(InputError, match=f"began with other data .{name} "):
            train(settings(npz, epochs=1), folder.path, quiet)
    # Of before that was noted.
    described = {k: v for k, v in run["data"].items() if k != "std"}
    folder.write_json(run | {"data": described})
    assert "result" in train(settings(npz, epochs=1), folder.path, quiet)


def test_another_runs_folder_is_refused(npz, tmp_path, quiet):
    train(settings(npz), tmp_path / "run", quiet)
    with pytest.raises(InputError, match="lr 0.3 -> 0.25"):
        train(settings(npz, lr=0.25), tmp_path / "run", quiet)


def test_divergence_is_said_and_no_model_is_left(npz, tmp_path, quiet):
    with pytest.raises(TrainingDiverged, match="--lr"):
        train(settings(npz, loss="softmax", lr=1e30), tmp_path / "run", quiet)
    assert not (tmp_path / "run" / "model.keras").exists()


def test_bad_data_leaves_no_folder(tmp_path, quiet):
    for name, message in [("digist", "digits"), (str(tmp_path / "no"), "not exist")]:
        with pytest.raises(InputError, match=message):
            train(Settings(data=name), tmp_path / "run", quiet)
    assert not (tmp_path / "run").exists()


def test_the_precision_does_not_outlive_the_run(npz, tmp_path, quiet):
    train(settings(npz, precision="mixed_bfloat16", epochs=1), tmp_path / "run", quiet)
    assert keras.config.dtype_policy().name == "float32"


def test_two_processes_do_not_train_in_one_folder(npz, tmp_path, quiet):
    checkpoints = tmp_path / "checkpoints"
    checkpoints.mkdir()
    with FileLock(checkpoints / ".lock"):
        with pytest.raises(InputError, match="another process is training"):
            train(settings(npz, epochs=1), tmp_path, quiet)
    # Once that has ended, the same call trains.
    assert "result" in train(settings(npz, epochs=1), tmp_path, quiet, save=False)


def test_two_dimensional_features_are_kept_of_every_epoch(npz, tmp_path, quiet):
    train(settings(npz, dim=2, epochs=2), tmp_path / "run", quiet)
    assert [f.epoch for f in read_frames(tmp_path / "run" / "frames")] == [1, 2]


def test_a_last_batch_of_a_few_images_is_warned_of(quiet):
    settings = Settings(batch_size=128)
    for images in (100, 1280, 1280 + 16):
        warn_of_short_batch(settings, images, quiet)
    assert not quiet.export_text()
    warn_of_short_batch(settings, 1282, quiet)
    assert "has 2 of 128 images" in quiet.export_text()
    warn_of_short_batch(Settings(batch_size=128, drop_last=True), 1282, quiet)
    assert not quiet.export_text()


def test_what_is_measured_is_told_and_checked_first(npz, tmp_path, quiet):
    run = train(settings(npz, epochs=1, measure="norms"), tmp_path / "a", quiet)
    assert "accuracy_low_norm" in run["result"]
    assert "share_low_norm: " in quiet.export_text()
    with pytest.raises(InputError, match="no superclasses"):
        train(settings(npz, measure="prototypes"), tmp_path / "b", quiet)
    assert not (tmp_path / "b" / "history.csv").exists()


def test_angular_margins_come_in_over_the_first_epochs(npz):
    data = datasets.load(npz)

    def annealing(loss, **options):
        chosen = settings(npz, loss=loss, epochs=20, options=options).resolve(3)
        _, callbacks = module.fitting(build(chosen, data), chosen, data)
        return [c for c in callbacks if isinstance(c, AnnealMargin)]

    for loss in ("a-softmax", "l-softmax"):
        (found,) = annealing(loss)
        # 1000 / (1 + 199 / 6 * 6) = 5 from epoch 6 on, of 0 to 19.
        assert (found.start, found.stop) == (1000, 5)
        assert found.decay == pytest.approx(199 / 6)
        assert annealing(loss, anneal_share=0) == []
    (found,) = annealing("l-softmax", anneal=0, anneal_share=0.5)
    assert found.stop == 0 and found.decay == pytest.approx(999 / 10)
    assert annealing("softmax") == []
    with pytest.raises(ValueError, match="anneal_share"):
        annealing("l-softmax", anneal_share=-1)
