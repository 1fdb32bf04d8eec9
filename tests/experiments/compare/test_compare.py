import json
import os
import signal
import subprocess
import sys
import time

import keras
import pytest
from rich.console import Console

from keras_pod import losses, methods
from keras_pod.core.errors import InputError
from keras_pod.experiments.compare import runner
from keras_pod.experiments.compare.compare import compare
from keras_pod.experiments.compare.plan import Sweep
from keras_pod.experiments.compare.results import run_name
from keras_pod.experiments.report.runs import read
from keras_pod.experiments.run.settings import Settings

SMALL = {"backbone": "resnet8-4", "epochs": 2, "dim": 8, "batch_size": 30}


@pytest.fixture
def console():
    return Console(record=True, width=100, file=open(os.devnull, "w"))  # noqa: SIM115


def lines(out):
    return (out / "results.jsonl").read_text().splitlines()


def test_a_comparison_from_search_to_table(npz, tmp_path, console):
    out = tmp_path / "out"
    settings = Settings(data=str(npz), **SMALL)
    made = compare(["softmax", "pod"], settings, 2, out, Sweep(2, 1), console=console)
    assert {row.method for row in made} == {"softmax", "pod"}
    assert {(row.seeds, row.trials) for row in made} == {(2, 2)}
    for name in ("results.jsonl", "table.md", "table.csv", "curves.png", "plan.json"):
        assert (out / name).exists()
    found = [json.loads(line) for line in lines(out)]
    trials = [r for r in found if r["settings"]["validation_split"]]
    assert len(found) == 8 and len(trials) == 4
    assert len(found[-1]["history"]["val_accuracy"]) == 2
    assert not [path for path in (out / "runs").iterdir() if path.is_dir()]
    text = console.export_text()
    assert "8 runs, 12 epochs" in text
    assert "1/8" in text and "8/8" in text and " left" in text
    # Once, though six runs made them.
    assert text.count("centroids: ") == 1 and ", gap 0.00" in text


def test_what_ended_is_not_run_again(npz, tmp_path, console, monkeypatch):
    settings = Settings(data=str(npz), **SMALL)
    first = compare(["softmax"], settings, 1, tmp_path, console=console)
    before = lines(tmp_path)
    # As if it had been killed before it removed that.
    ran = Settings(**json.loads(before[0])["settings"])
    left = tmp_path / "runs" / run_name(ran, keras.backend.backend())
    left.mkdir()

    def train(*args, **kwargs):
        raise AssertionError("trained again")

    monkeypatch.setattr(runner, "train", train)
    assert compare(["softmax"], settings, 1, tmp_path, console=console) == first
    assert lines(tmp_path) == before
    assert not left.exists()


def test_final_runs_are_kept_with_their_models(npz, tmp_path, console):
    settings = Settings(data=str(npz), **SMALL)
    given = (["softmax", "pod"], settings, 1, tmp_path, Sweep(1, 1))
    compare(*given, console=console, save=True)
    kept = sorted((tmp_path / "runs").glob("*/model.keras"))
    assert [path.parent.name[:4] for path in kept] == ["pod-", "soft"]
    assert len([path for path in (tmp_path / "runs").iterdir() if path.is_dir()]) == 2
    assert "2 of 2 models are kept" in console.export_text()
    assert len(read([path.parent for path in kept])[0].runs) == 2
    # The same comparison without the flag leaves them.
    compare(*given, console=console)
    assert all(path.exists() for path in kept)
    # What ended without it is not run again for it.
    more = (["softmax", "pod"], settings, 2, tmp_path, Sweep(1, 1))
    compare(*more, console=console)
    before = lines(tmp_path)
    compare(*more, console=console, save=True)
    assert lines(tmp_path) == before
    text = console.export_text()
    assert "2 of 4 models are kept" in text and "without --save" in text


def test_processes_share_the_memory_of_a_gpu(tmp_path, console, monkeypatch):
    monkeypatch.setattr(os, "environ", {})
    with pytest.raises(InputError):
        compare(["podd"], out=tmp_path, jobs=1, console=console)
    assert not os.environ
    with pytest.raises(InputError):
        compare(["podd"], out=tmp_path, jobs=2, console=console)
    assert os.environ.keys() == {
        "TF_FORCE_GPU_ALLOW_GROWTH",
        "XLA_PYTHON_CLIENT_PREALLOCATE",
    }


def broken(num_classes, seed):
    def loss(y_true, y_pred):
        raise RuntimeError("no such loss\nsecond line")

    return methods.get("softmax").build(num_classes, seed)[0], loss


def test_a_failed_run_is_reported_and_stops_nothing(
    npz, tmp_path, console, monkeypatch
):
    method = methods.Method("broken", "fails", broken, 0.1, 0.0)
    monkeypatch.setitem(methods.METHODS, "broken", method)
    settings = Settings(data=str(npz), **SMALL)
    names = ["broken", "softmax"]
    made = compare(names, settings, 1, tmp_path, console=console)
    assert made[0].method == "softmax" and made[0].last is not None
    assert made[1].failed == ("seed 0: RuntimeError: no such loss",)
    assert "broken failed: seed 0: RuntimeError: no such loss" in console.export_text()
    [log] = (tmp_path / "runs").glob("broken*.failed.txt")
    assert "Traceback" in log.read_text()
    # Repaired, it is run when asked to, and the other is not run again.
    repaired = methods.Method("broken", "works", methods.get("softmax").build, 0.1, 0.0)
    monkeypatch.setitem(methods.METHODS, "broken", repaired)
    again = compare(names, settings, 1, tmp_path, console=console)
    assert again[1].failed
    again = compare(names, settings, 1, tmp_path, retry=True, console=console)
    assert not any(row.failed for row in again)
    assert len(lines(tmp_path)) == 2


def test_a_loss_that_is_not_a_number_is_a_failed_run(
    npz, tmp_path, console, monkeypatch
):
    method = methods.Method("wild", "diverges", methods.get("pod").build, 1e30, 0.0)
    monkeypatch.setitem(methods.METHODS, "wild", method)
    settings = Settings(data=str(npz), **SMALL)
    # As all runs failed, so does the comparison.
    with pytest.raises(RuntimeError, match="no run succeeded: TrainingDiverged: the"):
        compare(["wild"], settings, 1, tmp_path, console=console)
    assert "TrainingDiverged: the loss became" in (tmp_path / "table.md").read_text()


def test_bad_input_of_a_run_stops_the_comparison(npz, tmp_path, console, monkeypatch):
    def train(*args, **kwargs):
        raise InputError("the data are gone")

    monkeypatch.setattr(runner, "train", train)
    settings = Settings(data=str(npz), **SMALL)
    with pytest.raises(InputError, match="the data are gone"):
        compare(["softmax"], settings, 1, tmp_path, console=console)
    assert not (tmp_path / "results.jsonl").exists()


def test_a_method_of_ones_own(npz, tmp_path, console, monkeypatch):
    def build(num_classes, seed, smoothing=0.1):
        head, _ = methods.get("softmax").build(num_classes, seed)
        return head, losses.CrossEntropyLoss()

    method = methods.Method("mine", "my loss", build, 0.1, 0.0)
    monkeypatch.setitem(methods.METHODS, "mine", method)
    settings = Settings(data=str(npz), **SMALL)
    names = ["softmax", "mine", "mine:smoothing=0.2"]
    made = compare(names, settings, 1, tmp_path, console=console)
    assert all(row.last is not None for row in made)


def test_a_stop_and_the_same_call_give_what_an_unstopped_one_gives(
    npz, tmp_path, console, monkeypatch
):
    settings = Settings(data=str(npz), **SMALL)
    names = ["softmax", "pod"]
    whole = compare(names, settings, 1, tmp_path / "whole", console=console)
    real = runner.train
    calls = []

    def train(settings, *args, **kwargs):
        calls.append(settings.loss)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(settings, *args, **kwargs)

    monkeypatch.setattr(runner, "train", train)
    out = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        compare(names, settings, 1, out, console=console)
    assert "softmax" in (out / "table.md").read_text()
    stopped = compare(names, settings, 1, out, console=console)
    assert calls == ["softmax", "pod", "pod"]
    assert {r.method: r.curves for r in stopped} == {r.method: r.curves for r in whole}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"methods": ["sofmax"]}, "softmax"),
        ({"methods": ["pod:norm=cubic"]}, "'pod:norm=cubic'"),
        ({"methods": ["pod:alpha=high"]}, "`alpha` must be a number"),
        ({"settings": Settings(backbone="resnet21")}, "resnet20"),
        ({"seeds": 0}, "--seeds"),
        ({"settings": Settings(augment="pca-jitter")}, "fits in memory"),
        ({"settings": Settings(data="no-such.npz")}, "no-such.npz"),
        ({"settings": Settings(validation_split=0.2), "sweep": Sweep(1)}, "hold out"),
    ],
)
def test_bad_input_before_the_first_run(tmp_path, console, changes, message):
    with pytest.raises(InputError, match=message):
        compare(out=tmp_path / "out", console=console, **changes)
    # A corrected call may use the same folder.
    assert not (tmp_path / "out").exists()


def test_out_is_a_file(npz, tmp_path, console):
    with pytest.raises(InputError, match="is a file"):
        compare(["pod"], Settings(data=str(npz)), 1, npz, console=console)


def test_several_processes_killed_and_started_again(npz, tmp_path):
    """SIGKILL in the middle of a run; the same command ends the comparison."""
    command = [sys.executable, "-m", "keras_pod", "compare", "--data", str(npz)]
    command += ["--methods", "softmax", "--seeds", "2", "--backbone", "resnet8-4"]
    command += ["--epochs", "8", "--dim", "8", "--batch-size", "30"]
    out = tmp_path / "out"
    command += ["--jobs", "2", "--save", "--out", str(out)]
    process = subprocess.Popen(command, start_new_session=True)
    deadline = time.monotonic() + 240
    while not list(out.glob("runs/*/checkpoints/epoch-*")):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = lines(out) if (out / "results.jsonl").exists() else []
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "2/2" in done.stdout
    assert "oneDNN" not in done.stderr
    assert lines(out)[: len(before)] == before
    found = [json.loads(line) for line in lines(out)]
    assert sorted(r["settings"]["seed"] for r in found) == [0, 1]
    assert [len(r["history"]["val_loss"]) for r in found] == [8, 8]
    assert "2 of 2 models are kept" in done.stdout
    assert len(list(out.glob("runs/*/model.keras"))) == 2
