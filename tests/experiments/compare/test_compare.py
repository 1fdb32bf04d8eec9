import dataclasses
import io
import os
import subprocess
import sys
import threading
import time

import keras
import numpy as np
import pytest
from rich.console import Console

from keras_pod import data as datasets
from keras_pod.core.errors import InputError
from keras_pod.evaluation import retrieve
from keras_pod.experiments.after.evaluate import evaluate
from keras_pod.experiments.compare import comparison, runner
from keras_pod.experiments.compare.compare import compare
from keras_pod.experiments.compare.plan import Sweep, make_plan
from keras_pod.experiments.compare.results import Results
from keras_pod.experiments.report.runs import read
from keras_pod.experiments.run.progress import TrainingDiverged
from keras_pod.experiments.run.run_folder import HISTORY_COLUMNS, RunFolder
from keras_pod.experiments.run.settings import Settings
from keras_pod.experiments.run.train import result_of
from tests import processes

SMALL = {"backbone": "tiny", "epochs": 2, "dim": 8, "batch_size": 60}


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=100)


@pytest.fixture
def settings(npz):
    return Settings(data=str(npz), **SMALL)


@pytest.fixture
def trained(monkeypatch):
    """The settings of the runs that were trained, in no time and without a picture.

    A run whose loss is in `trained.errors` raises that error.
    """

    class Trained(list):
        errors = {}

    found = Trained()

    def train(settings, folder, console, save=False, log=(), log_folder=None):
        if settings.loss in found.errors:
            raise found.errors[settings.loss]
        found.append(settings)
        accuracy = 0.9 + 0.01 * settings.seed - (settings.loss == "softmax") / 10
        row = dict.fromkeys(HISTORY_COLUMNS, 0.5) | {"val_accuracy": accuracy}
        rows = [row | {"epoch": epoch} for epoch in range(1, settings.epochs + 1)]
        RunFolder(folder).write_history(rows)
        if save:
            RunFolder(folder).model.touch()
        return {
            "result": result_of(rows) | {"parameters": 1},
            "versions": {"thread": threading.current_thread().name},
            "data": {"class_names": ["0", "1", "2"], "num_test": 30},
        }

    monkeypatch.setattr(runner, "train", train)
    monkeypatch.setattr(comparison, "save_picture", lambda *arguments: None)
    return found


def lines(out):
    return (out / "results.jsonl").read_text().splitlines()


def test_retrieval_among_classes_that_no_run_was_trained_on(tmp_path, console):
    base = Settings(data="digits", **SMALL | {"batch_size": 32}, limit=200)
    base = dataclasses.replace(base, unseen_classes=3, class_balanced=4, epochs=1)
    [row] = compare(["pod"], base, 2, tmp_path, console=console, save=True)
    run = next((tmp_path / "runs").glob("pod-seed1-*"))
    _, _, x, y = datasets.load("digits").arrays
    model = keras.models.load_model(run / "model.keras")
    features = model.predict(x[y >= 7], verbose=0)["features"]
    expected = retrieve(features, y[y >= 7], at=[1])
    results = [run["result"] for run in Results(tmp_path).read()]
    assert results[1]["unseen_recall_1"] == pytest.approx(expected.recall[1])
    assert results[1]["unseen_map"] == pytest.approx(expected.mean_average_precision)
    both = [result["unseen_map"] for result in results]
    assert row.unseen_map == pytest.approx(np.mean(both))
    assert row.unseen_map_sd == pytest.approx(np.std(both, ddof=1))
    table = (tmp_path / "table.md").read_text()
    assert "unseen R@1 % | unseen mAP % |" in table
    assert " --limit 200 --class-balanced 4 --unseen-classes 3**" in table
    assert f" | {100 * np.mean(both):.2f} ± {row.unseen_map_sd * 100:.2f} |" in table
    assert "unseen_map_sd" in (tmp_path / "table.csv").read_text()
    assert (tmp_path / "curves.png").exists() and len(read([run])[0].runs) == 1
    # The saved run knows which of the images are its own.
    measured = evaluate(run, unknown="digits")
    assert measured["accuracy"] == pytest.approx(results[1]["accuracy_last"])
    assert measured["unknown"]["left_out"] == list("0123456")


def test_what_ended_is_not_run_again(settings, tmp_path, console, trained):
    given = (["softmax", "pod"], settings, 1, tmp_path, Sweep(1, 1))
    trained.errors["pod"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        compare(*given, console=console, save=True)
    assert "softmax" in (tmp_path / "table.md").read_text()
    trained.errors.clear()
    first = compare(*given, console=console, save=True)
    assert [run.loss for run in trained] == ["softmax", "pod"] * 2
    assert [run.validation_split for run in trained] == [0.2, 0.2, 0.0, 0.0]
    # The final runs alone are kept, with their models.
    assert len(list(tmp_path.glob("runs/*/model.keras"))) == 2
    before = lines(tmp_path)
    assert compare(*given, console=console) == first
    assert lines(tmp_path) == before and len(trained) == 4
    # Nor is it, to keep the models of what ended without that.
    more = (*given[:2], 2, *given[3:])
    compare(*more, console=console)
    compare(*more, console=console, save=True)
    assert len(trained) == len(lines(tmp_path)) == 6
    text = console.file.getvalue()
    assert "; 4 ended before" in text and "runs: 2 models" in text


def test_how_trainings_fail(settings, tmp_path, console, trained):
    given = (["pod", "softmax"], settings, 1, tmp_path)
    # Bad data are gone for all runs.
    trained.errors["pod"] = InputError("the data are gone")
    with pytest.raises(InputError, match="the data are gone"):
        compare(*given, console=console)
    assert not (tmp_path / "results.jsonl").exists()
    trained.errors["pod"] = TrainingDiverged("the loss became nan")
    with pytest.raises(RuntimeError, match="no run succeeded: TrainingDiverged: the"):
        compare(["pod"], settings, 1, tmp_path, console=console)
    # One that is lost stops no other.
    made = compare(*given, console=console)
    assert made[0].method == "softmax" and made[0].last is not None
    why = "seed 0: TrainingDiverged: the loss became nan"
    assert made[1].failed == (why,)
    for shown in (console.file.getvalue(), (tmp_path / "table.md").read_text()):
        assert f"pod failed: {why}" in shown
    [log] = (tmp_path / "runs").glob("pod*.failed.txt")
    assert "Traceback" in log.read_text()
    # Repaired, it is run when asked to, and the other is not run again.
    trained.errors.clear()
    assert compare(*given, console=console)[1].failed
    again = compare(*given, retry=True, console=console)
    assert not any(row.failed for row in again)
    assert [run.loss for run in trained] == ["softmax", "pod"]
    assert len(lines(tmp_path)) == 2


def test_bad_input_before_the_first_run(tmp_path, console):
    for changes, message in (
        ({"settings": Settings(backbone="resnet21")}, "resnet20"),
        ({"settings": Settings(augment="pca-jitter")}, "fits in memory"),
        ({"settings": Settings(data="no-such.npz")}, "no-such.npz"),
        ({"settings": Settings(validation_split=0.2), "sweep": Sweep(1)}, "hold out"),
    ):
        with pytest.raises(InputError, match=message):
            compare(out=tmp_path / "out", console=console, **changes)
    # A corrected call may use the same folder.
    assert not (tmp_path / "out").exists()


def test_several_at_a_time_share_the_runs(
    settings, tmp_path, console, trained, monkeypatch
):
    def run_in_threads(calls, logs):
        threads = [threading.Thread(target=call) for call in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    monkeypatch.setattr(runner, "run_side_by_side", run_in_threads)
    of_a_gpu = ("TF_FORCE_GPU_ALLOW_GROWTH", "XLA_PYTHON_CLIENT_PREALLOCATE")
    for name in of_a_gpu:
        monkeypatch.delenv(name, raising=False)
    names = ["softmax", "pod"]
    compare(names, settings, 3, tmp_path, jobs=2, console=console, save=True)
    found = Results(tmp_path).read()
    runs = {(r["settings"]["loss"], r["settings"]["seed"]) for r in found}
    assert len(found) == len(runs) == len(trained) == 6
    threads = {r["versions"]["thread"] for r in found}
    assert threading.current_thread().name not in threads
    assert "6 runs, 12 epochs; 2 at a time" in console.file.getvalue()
    # They also share the memory of a GPU.
    assert {*of_a_gpu} <= os.environ.keys()


def test_what_another_process_ended_meanwhile_is_not_run_again(
    settings, tmp_path, trained
):
    plan, results = make_plan(["pod"], settings, 1, None, 3), Results(tmp_path)
    (wanted,) = plan.todo([])
    work = runner.Work(plan, tmp_path, None, ())
    for _ in range(2):
        assert work._run_if_free(wanted, results)
    assert len(trained) == len(results.read()) == 1


@pytest.mark.slow
def test_several_processes_killed_and_started_again(npz, tmp_path):
    """SIGKILL in the middle of a run; the same command ends the comparison."""
    command = [sys.executable, "-m", "keras_pod", "compare", "--data", str(npz)]
    command += ["--methods", "softmax", "--seeds", "2", "--backbone", "resnet8-4"]
    command += ["--epochs", "8", "--dim", "8", "--batch-size", "30"]
    out = tmp_path / "out"
    command += ["--jobs", "2", "--save", "--out", str(out)]
    process = subprocess.Popen(command)
    deadline = time.monotonic() + 240
    while not list(out.glob("runs/*/checkpoints/epoch-*")):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.1)
    children = processes.started_by(process)
    assert len(children) == 2
    process.kill()
    process.wait()
    # The others end with it.
    while any(os.path.exists(f"/proc/{pid}") for pid in children):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    before = lines(out) if (out / "results.jsonl").exists() else []
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "2/2" in done.stdout
    assert "oneDNN" not in done.stderr
    logs = {path.name for path in (out / "runs").glob("*.log")}
    assert logs >= {"process-0.log", "process-1.log"}
    assert lines(out)[: len(before)] == before
    found = Results(out).read()
    assert sorted(r["settings"]["seed"] for r in found) == [0, 1]
    assert [len(r["history"]["val_loss"]) for r in found] == [8, 8]
    assert len(list(out.glob("runs/*/model.keras"))) == 2
