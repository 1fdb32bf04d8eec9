"""keras-pod tune from end to end, on images that any network learns."""

import dataclasses
import io
import json
import os
import signal
import subprocess
import sys
import time

import keras_tuner
import pytest
from rich.console import Console

from keras_pod.core.errors import InputError
from keras_pod.experiments.cli import main as cli
from keras_pod.experiments.compare import comparison
from keras_pod.experiments.compare.results import Results
from keras_pod.experiments.run.settings import from_saved
from keras_pod.experiments.tune import ranking
from keras_pod.experiments.tune import tune as tune_module
from keras_pod.experiments.tune.search import Search, run_trials
from keras_pod.experiments.tune.tune import tune
from tests import processes
from tests.experiments.records import BASE, record
from tests.experiments.tune.conftest import make
from tests.experiments.tune.test_ranking import RECORDS

TINY = {"backbone": "tiny", "epochs": 1, "batch_size": 60}
SEARCHED = dataclasses.replace(BASE.resolve(10), seed=4, validation_split=0.2)

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
    shown = Console(file=io.StringIO(), width=120)
    records = tune(search(npz), out, console=shown)
    assert sorted(r["trial"] for r in records) == ["0", "0001"]
    told = shown.file.getvalue()
    assert "2 trials, 2 epochs, over lam; 1 ended before" in told
    assert "2/2  trial 1, lam " in told
    assert (out / "results.jsonl").read_text().startswith(first)
    assert {"table.md", "table.csv", "search.png"} <= {p.name for p in out.iterdir()}
    # The best trial's weights are kept, and no other's.
    best = out / "trials" / f"trial_{records[0]['trial']}" / "checkpoint.weights.h5"
    assert [*out.glob("trials/*/*.h5")] == [best]
    # Nothing is left to do.
    monkeypatch.setattr(ranking, "save_picture", lambda *given: None)
    before = os.stat(out / "results.jsonl").st_mtime_ns
    tune(search(npz), out, console=quiet())
    assert os.stat(out / "results.jsonl").st_mtime_ns == before
    for other, what in (
        (search(npz, search="lam=1/2"), "searched .* -> "),
        (search(npz, search="alpha,lam"), r"searched lam -> alpha, lam\)"),
        (search(npz, fixed={"dim": 9}), "dim 8 -> 9"),
    ):
        with pytest.raises(InputError, match=rf"holds another search \({what}"):
            tune(other, out, console=quiet())
    # One from before a setting was there goes on.
    path = out / "search.json"
    content = json.loads(path.read_text())
    del content["settings"]["validate_every"]
    path.write_text(json.dumps(content))
    tune(search(npz), out, console=quiet())
    for change, told in (
        ({"backend": "jax"}, r"\(backend jax -> tensorflow\)"),
        ({"images": {"num_train": 7}}, "began with other data .num_train 7"),
    ):
        path.write_text(json.dumps(content | change))
        with pytest.raises(InputError, match=told):
            tune(search(npz), out, console=quiet())
    for content in (b"[]", b'{"settings": 5}', b"\xff"):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"search\.json is not a search: "):
            tune(search(npz), out, console=quiet())


def test_what_was_confirmed_is_the_best(npz, tmp_path, monkeypatch):
    """The trial that looked best failed with other seeds."""

    def run_trials(search, model, folder, workers, console):
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

    monkeypatch.setattr(tune_module, "run_trials", run_trials)
    monkeypatch.setattr(tune_module, "run_all", run_all)
    shown = Console(file=io.StringIO(), width=120)
    found = tune(search(npz), tmp_path / "out", confirm=2, retrain=1, console=shown)
    assert [from_saved(r["settings"]).options["lam"] for r in found] == [10.0, 0.1]
    told = shown.file.getvalue()
    assert told.count("difference of the last to defaults") == 2
    [line] = [x for x in told.splitlines() if "keras-pod train" in x]
    assert "pod:lam=0.1 " in line


FINALS = {
    tune_module.DEFAULTS: SEARCHED,
    "trial 1": dataclasses.replace(SEARCHED, dim=16),
}


@pytest.mark.parametrize(
    ("whole", "seeds", "split"), [(False, (5, 6, 7), 0.2), (True, (0, 1, 2), 0.0)]
)
def test_finals(monkeypatch, tmp_path, whole, seeds, split):
    ends = {8: (0.8, 0.8, 0.8), 16: (0.9, 0.9, 0.9)}

    def run_all(plan, folder, console, jobs):
        runs = plan.todo([])
        found = {(s.dim, s.seed, s.validation_split) for s in runs}
        assert found == {(dim, seed, split) for dim in (8, 16) for seed in seeds}
        assert plan.label(runs[1]) == "trial 1"
        return [record(s, ends[s.dim][seeds.index(s.seed)]) for s in runs]

    def run():
        rows = tune_module.run_finals(FINALS, 3, tmp_path, quiet(), whole=whole)
        return [(row.method, row.seeds) for row in rows]

    monkeypatch.setattr(tune_module, "run_all", run_all)
    monkeypatch.setattr(comparison, "save_picture", lambda *arguments: None)
    assert run() == [("trial 1", 3), (tune_module.DEFAULTS, 3)]
    # One of which runs failed comes after one of which none did.
    ends[16] = (0.99, "diverged", "diverged")
    assert run() == [(tune_module.DEFAULTS, 3), ("trial 1", 1)]
    table = (tmp_path / "table.md").read_text()
    assert table.index(f"| {tune_module.DEFAULTS} ") < table.index("| trial 1 ")
    ends |= {8: ("diverged",) * 3, 16: ("diverged",) * 3}
    with pytest.raises(RuntimeError, match=f"diverged; remove {tmp_path} to run"):
        run()


@pytest.mark.parametrize(("tuner", "kept"), [("random", "3"), ("hyperband", "023")])
def test_weights_that_a_search_may_go_on_from_are_kept(data, tmp_path, tuner, kept):
    for each in (RECORDS[0], RECORDS[2], RECORDS[3]):
        Results(tmp_path).add(each)
        folder = tmp_path / "trials" / f"trial_{each['trial']}"
        folder.mkdir(parents=True)
        (folder / "checkpoint.weights.h5").touch()
    search = Search(tuner=tuner, trials=3)
    run_trials(search, make(data, "lam"), tmp_path, 1, quiet())
    left = tmp_path.glob("trials/*/checkpoint.weights.h5")
    assert sorted(path.parent.name for path in left) == [f"trial_{n}" for n in kept]


def test_bad_input(npz, tmp_path, monkeypatch):
    new = tmp_path / "new"
    for change, message in (
        ({"tuner": "gird"}, "did you mean 'grid'"),
        ({"trials": 0}, "--trials"),
        ({"loss": "rbf-softmax", "search": "lr", "fixed": {"scale": -1}}, "scale"),
    ):
        with pytest.raises(InputError, match=message):
            tune(search(npz, **change), new, console=quiet())
    monkeypatch.setenv("KERASTUNER_ORACLE_IP", "10.0.0.1")
    with pytest.raises(InputError, match="searches on one machine"):
        tune(search(npz), new, console=quiet())
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


def start(npz, out, *flags):
    words = [sys.executable, "-m", "keras_pod", "tune", "--data", npz, "--out", out]
    words += ["--backbone", "resnet8-4", "--epochs", "2", "--dim", "8", *flags]
    return subprocess.Popen(
        [str(word) for word in words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(what, process):
    end = time.monotonic() + 900
    while not what():
        assert process.poll() is None, process.stdout.read()
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
def test_a_killed_worker_ends_the_search_which_goes_on(npz, tmp_path):
    out = tmp_path / "out"
    flags = ["--tuner", "grid", "--search", "lam=0.1/1/10/100", "--workers", "2"]
    process = start(npz, out, *flags)
    wait_for(lambda: len(under_way(out)) == 2, process)
    os.kill(processes.started_by(process)[0], signal.SIGKILL)
    output, _ = process.communicate(timeout=600)
    assert process.returncode == 1
    assert "process-0 ended with exit code -9" in output
    before = ended(out)
    assert len(before) < 4
    finished(start(npz, out, *flags))
    records = ended(out)
    assert records[: len(before)] == before
    assert all("result" in record for record in records)
    tried = [r["settings"]["options"]["lam"] for r in records]
    assert sorted(tried) == [0.1, 1.0, 10.0, 100.0]
