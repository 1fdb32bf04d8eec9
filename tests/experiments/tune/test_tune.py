"""keras-pod tune from end to end, on images that any network learns."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from unittest import mock

import keras_tuner
import pytest
from rich.console import Console

from keras_pod.core.errors import InputError
from keras_pod.experiments.cli import main as cli
from keras_pod.experiments.compare.results import Results
from keras_pod.experiments.run.settings import from_saved
from keras_pod.experiments.tune import finals, ranking
from keras_pod.experiments.tune import tune as module
from keras_pod.experiments.tune.description import Search
from keras_pod.experiments.tune.tune import tune
from tests import processes
from tests.experiments.records import record

TINY = {"backbone": "tiny", "epochs": 1, "batch_size": 60}

# KerasTuner's own.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def search(npz, **changes):
    arguments = {"search": "lam=0.1/10", "tuner": "grid", "fixed": {"dim": 8}}
    return Search(**arguments | {"settings": TINY | {"data": str(npz)}} | changes)


def quiet():
    return Console(quiet=True)


def test_a_grid_that_is_made_longer(npz, tmp_path, monkeypatch):
    out = tmp_path / "out"
    # One trial, as if the other had not come to its turn.
    assert len(tune(search(npz, trials=1), out, console=quiet())) == 1
    first = (out / "results.jsonl").read_text()
    records = tune(search(npz), out, console=quiet())
    assert sorted(r["trial"] for r in records) == ["0", "0001"]
    assert (out / "results.jsonl").read_text().startswith(first)
    for name in ("table.md", "table.csv", "search.png", "search.json"):
        assert (out / name).exists()
    # The best trial's weights are kept, and no other's.
    best = out / "trials" / f"trial_{records[0]['trial']}" / "checkpoint.weights.h5"
    assert [*out.glob("trials/*/*.h5")] == [best]
    # Nothing is left to do.
    monkeypatch.setattr(ranking, "save_picture", lambda *given: None)
    before = os.stat(out / "results.jsonl").st_mtime_ns
    tune(search(npz), out, console=quiet())
    assert os.stat(out / "results.jsonl").st_mtime_ns == before
    for other, what in (
        (search(npz, search="lam=1/2"), "searched differ"),
        (search(npz, fixed={"dim": 9}), "settings differ"),
    ):
        with pytest.raises(InputError, match=f"holds another search .{what}"):
            tune(other, out, console=quiet())
    # One from before a setting was there goes on.
    path = out / "search.json"
    content = json.loads(path.read_text())
    del content["settings"]["validate_every"]
    path.write_text(json.dumps(content))
    tune(search(npz), out, console=quiet())
    for content in (b"[]", b'{"settings": 5}', b"\xff"):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"search\.json is not a search: "):
            tune(search(npz), out, console=quiet())


def test_what_was_confirmed_is_the_best(npz, tmp_path, monkeypatch):
    """The trial that looked best failed with other seeds."""

    def run_search(search, model, folder, workers, console):
        hp = keras_tuner.HyperParameters()
        trials = []
        for place, (lam, accuracy) in enumerate(((0.1, 0.8), (10.0, 0.9))):
            hp.values = {"lam": lam}
            notes = {"trial": f"{place}", "epochs": 1}
            trials.append(record(model.settings(hp), accuracy, **notes))
        return trials

    def run_all(plan, folder, console, jobs):
        ends = {0.1: 0.8, 10.0: "diverged", 1.0: 0.7}
        return [record(s, ends[s.options["lam"]]) for s in plan.todo([])]

    monkeypatch.setattr(module, "run_search", run_search)
    monkeypatch.setattr(finals, "run_all", run_all)
    shown = Console(file=io.StringIO(), width=120)
    found = tune(search(npz), tmp_path / "out", confirm=2, retrain=1, console=shown)
    assert [from_saved(r["settings"]).options["lam"] for r in found] == [10.0, 0.1]
    [line] = [x for x in shown.file.getvalue().splitlines() if "keras-pod train" in x]
    assert "pod:lam=0.1 " in line


def test_a_worker_of_another_machine(npz, tmp_path, monkeypatch):
    """It has the same search as the chief, and asks that one for trials."""
    monkeypatch.setenv("KERASTUNER_ORACLE_IP", "10.0.0.1")
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "away")
    tuner = mock.Mock()
    monkeypatch.setattr(Search, "make_tuner", lambda *given: tuner)
    assert tune(search(npz), tmp_path / "out", console=quiet()) == []
    tuner.search.assert_called_once()
    with pytest.raises(InputError, match="holds another search"):
        tune(search(npz, fixed={"dim": 9}), tmp_path / "out", console=quiet())


def test_bad_input(npz, tmp_path):
    new = tmp_path / "new"
    for change, message in (
        ({"tuner": "gird"}, "did you mean 'grid'"),
        ({"trials": 0}, "--trials"),
        ({"loss": "rbf-softmax", "search": "lr", "fixed": {"scale": -1}}, "scale"),
    ):
        with pytest.raises(InputError, match=message):
            tune(search(npz, **change), new, console=quiet())
    for name in ("workers", "confirm", "retrain"):
        with pytest.raises(InputError, match=name):
            tune(search(npz), new, console=quiet(), **{name: -1})
    assert not new.exists()


@pytest.mark.slow
def test_confirm_and_retrain(npz, tmp_path, capsys):
    out = tmp_path / "out"
    flags = ["--data", str(npz), "--backbone", "resnet8-4", "--epochs", "1"]
    flags += ["--search", "scale=2/4,gamma=1/2", "--tuner", "grid", "--fix", "dim=8"]
    flags += ["--confirm", "2", "--retrain", "1", "--out", str(out)]
    assert cli.main(["tune", "--loss", "rbf-softmax", *flags]) == 0
    shown = capsys.readouterr().out
    assert "4/4  trial 3" in shown
    confirmed = [json.loads(x) for x in (out / "confirm/results.jsonl").open()]
    # The defaults are among the best or beside them.
    assert len(confirmed) in (2 * 3, 2 * 4)
    assert {r["settings"]["validation_split"] for r in confirmed} == {0.2}
    # Not seed 0, which is the search's.
    assert {r["settings"]["seed"] for r in confirmed} == {1, 2}
    final = [json.loads(x) for x in (out / "retrain/results.jsonl").open()]
    assert {r["settings"]["validation_split"] for r in final} == {0.0}
    assert {r["num_test"] for r in final} == {30}
    # The line that trains the best is one that works.
    line = next(x for x in shown.splitlines() if "keras-pod train" in x)
    assert cli.main(line.split()[1:]) == 0
    assert (out / "best" / "model.keras").exists()


# -- killed ------------------------------------------------------------------------


def start(npz, out, *flags, env=None):
    words = [sys.executable, "-m", "keras_pod", "tune", "--data", npz, "--out", out]
    words += ["--backbone", "resnet8-4", "--epochs", "2", "--dim", "8", *flags]
    return subprocess.Popen(
        [str(word) for word in words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | (env or {}),
    )


def wait_for(what, process, seconds=900):
    end = time.monotonic() + seconds
    while not what():
        if process.poll() is not None:
            raise AssertionError(process.stdout.read())
        assert time.monotonic() < end
        time.sleep(0.1)


def ended(out):
    return Results(out).read()


def under_way(out):
    """Folders of trials that have begun and have not ended."""
    done = {f"trial_{r['trial']}" for r in ended(out)}
    found = [path.parent for path in out.glob("trials/trial_*/trial.json")]
    return [path for path in found if path.name not in done]


def finished(process):
    output, _ = process.communicate(timeout=1200)
    assert process.returncode == 0, output
    return output


@pytest.mark.slow
@pytest.mark.parametrize("tuner", ["grid", "hyperband"])
def test_killed_and_started_again(npz, tmp_path, tuner):
    out = tmp_path / "out"
    flags = ["--tuner", tuner, "--search", "lam=0.1/1/10", "--epochs", "2"]
    if tuner == "hyperband":
        flags[3], flags[5] = "lam,lr", "3"
    process = start(npz, out, *flags)
    wait_for(lambda: ended(out) and under_way(out), process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    before, interrupted = ended(out), under_way(out)
    assert interrupted
    output = finished(start(npz, out, *flags))
    assert " ended before" in output
    records = [json.loads(line) for line in (out / "results.jsonl").open()]
    assert len(records) == (3 if tuner == "grid" else 6)
    assert len({r["trial"] for r in records}) == len(records)
    assert records[: len(before)] == [
        {k: v for k, v in r.items() if k != "key"} for r in before
    ]
    assert all("result" in r for r in records)
    epochs = {r["trial"]: r["epochs"] for r in records}
    for r in records:
        first = epochs.get(r.get("goes_on_from"), 0)
        assert len(r["history"]["loss"]) == r["epochs"] - first
    if tuner == "grid":
        assert [r["settings"]["options"]["lam"] for r in records] == [1.0, 0.1, 10.0]


@pytest.mark.slow
def test_a_killed_worker_ends_the_search_which_goes_on(npz, tmp_path):
    out = tmp_path / "out"
    flags = ["--tuner", "grid", "--search", "lam=0.1/1/10/100", "--workers", "2"]
    process = start(npz, out, *flags)
    wait_for(lambda: len(under_way(out)) == 2, process)
    os.kill(processes.started_by(process)[1], signal.SIGKILL)
    output, _ = process.communicate(timeout=600)
    assert process.returncode == 1
    assert "worker-0 ended with exit code -9" in output
    assert len(ended(out)) < 4
    finished(start(npz, out, *flags))
    records = ended(out)
    assert all("result" in record for record in records)
    tried = [r["settings"]["options"]["lam"] for r in records]
    assert sorted(tried) == [0.1, 1.0, 10.0, 100.0]


@pytest.mark.slow
def test_as_on_several_machines(npz, tmp_path):
    out = tmp_path / "out"
    flags = ["--tuner", "random", "--search", "lam", "--trials", "3"]
    address = {"KERASTUNER_ORACLE_IP": "127.0.0.1", "KERASTUNER_ORACLE_PORT": "18431"}
    chief = start(npz, out, *flags, env=address | {"KERASTUNER_TUNER_ID": "chief"})
    worker = start(npz, out, *flags, env=address | {"KERASTUNER_TUNER_ID": "away"})
    finished(worker)
    output = finished(chief)
    assert len(ended(out)) == 3
    assert "keras-pod train" in output
