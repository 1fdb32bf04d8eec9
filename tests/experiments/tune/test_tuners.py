"""The oracles alone: no trial is lost or repeated, whenever they are killed."""

import itertools
import json

import keras_tuner
import pytest

from keras_pod.core.errors import InputError
from keras_pod.experiments.tune import tuners

# KerasTuner's own.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Killed(BaseException):
    pass


def space():
    hp = keras_tuner.HyperParameters()
    hp.Choice("a", [0.1, 0.2, 0.3], default=0.2)
    hp.Choice("b", ["x", "y"])
    hp.Float("c", 1.0, 2.0, step=0.5)
    return hp


def make(kind, folder, **arguments):
    arguments = {"hyperparameters": space(), "seed": 1} | arguments
    oracle = kind("val_accuracy", **arguments)
    oracle.verbose = 0
    oracle._set_project_dir(str(folder), "trials")
    if (folder / "trials" / "oracle.json").exists():
        oracle.reload()
    return oracle


def score(values):
    return values["a"] - abs(values["c"] - 1.4) / 10


def end(oracle, trial, accuracy):
    """Ends a trial with that accuracy, as it comes back from a worker."""
    oracle.update_trial(trial.trial_id, {"val_accuracy": accuracy})
    sent = keras_tuner.engine.trial.Trial.from_proto(trial.to_proto())
    sent.status = "COMPLETED"
    oracle.end_trial(sent)


def run(oracle, log, workers=1, score=score):
    """Do as tuners do with their oracle; the log has each trial and its values."""
    while True:
        trials = [oracle.create_trial(f"worker-{i}") for i in range(workers)]
        running = [trial for trial in trials if trial.status == "RUNNING"]
        if not running:
            return trials[0].status
        for trial in running:
            values = dict(trial.hyperparameters.values)
            log.append((trial.trial_id, json.dumps(values, sort_keys=True)))
            end(oracle, trial, score(values))


KINDS = [
    (tuners.RandomOracle, {"max_trials": 8}),
    (tuners.BayesianOracle, {"max_trials": 5, "num_initial_points": 4}),
    (tuners.GridOracle, {}),
    (tuners.HyperbandOracle, {"max_epochs": 4, "factor": 2}),
]


@pytest.mark.parametrize(("kind", "arguments"), KINDS, ids=lambda x: str(x)[-30:])
def test_killed_at_every_write(kind, arguments, tmp_path, monkeypatch):
    whole = []
    run(make(kind, tmp_path / "whole", **arguments), whole)
    # The first trial has the defaults.
    first = json.loads(whole[0][1])
    assert first.items() >= {"a": 0.2, "b": "x", "c": 1.0}.items()
    write, left = tuners.write_json, [0]

    def until(path, content):
        if left[0] == 0:
            raise Killed
        left[0] -= 1
        write(path, content)

    monkeypatch.setattr(tuners, "write_json", until)
    log, kills = [], 0
    for after in itertools.cycle([3, 5, 1, 2, 4, 7]):
        left[0] = after
        oracle = make(kind, tmp_path / "killed", **arguments)
        try:
            run(oracle, log)
            break
        except Killed:
            kills += 1
            assert kills < 500
        finally:
            left[0] = -1
    assert kills > 5
    # The interrupted are run again with what they had; none with something else.
    assert dict(log).keys() == dict(whole).keys()
    assert all(len({v for i, v in log if i == trial}) == 1 for trial in dict(log))
    again = make(kind, tmp_path / "killed", **arguments)
    assert {t.status for t in again.trials.values()} == {"COMPLETED"}
    assert sorted(again.end_order) == sorted(again.trials)
    assert run(again, log) == "STOPPED"
    if kind in (tuners.GridOracle, tuners.RandomOracle):
        assert dict(log) == dict(whole)


@pytest.mark.parametrize("workers", [1, 3])
def test_a_grid_is_every_combination_once(tmp_path, workers):
    oracle, log = make(tuners.GridOracle, tmp_path), []
    assert oracle.planned(7) == [7] * 18
    run(oracle, log, workers)
    tried = [tuple(json.loads(values).values()) for _, values in log]
    expected = set(itertools.product((0.1, 0.2, 0.3), ("x", "y"), (1.0, 1.5, 2.0)))
    assert len(tried) == 18 and set(tried) == expected


@pytest.mark.parametrize(("epochs", "factor"), [(10, 3), (4, 2), (1, 3)])
def test_hyperband_runs_what_it_plans(tmp_path, epochs, factor):
    space = keras_tuner.HyperParameters()
    space.Float("x", 0.0, 1.0)
    arguments = {"max_epochs": epochs, "factor": factor, "hyperparameters": space}
    oracle, log = make(tuners.HyperbandOracle, tmp_path, **arguments), []
    planned = oracle.planned(epochs)
    run(oracle, log, score=lambda values: values["x"])
    tried = [json.loads(values) for _, values in log]
    trained = [v["tuner/epochs"] - v["tuner/initial_epoch"] for v in tried]
    assert sorted(planned) == sorted(trained)


@pytest.mark.parametrize("content", ["", "[1]", '{"ongoing_trials": 5}'])
def test_a_damaged_state_says_what_to_do(tmp_path, content):
    make(tuners.RandomOracle, tmp_path, max_trials=2).save()
    (tmp_path / "trials" / "oracle.json").write_text(content)
    with pytest.raises(InputError, match=r"oracle\.json is damaged .*remove .*trials"):
        make(tuners.RandomOracle, tmp_path, max_trials=2)
