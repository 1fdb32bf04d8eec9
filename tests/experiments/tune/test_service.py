"""The chief and workers that die, without processes: what it hears and does."""

import json

import pytest
from keras_tuner.src.distribute.oracle_client import OracleClient

from keras_pod.experiments.tune import service, tuners, workers
from keras_pod.experiments.tune.records import Trials

# KerasTuner's own.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def tuner(small_hypermodel, tmp_path):
    return tuners.make(
        "random", small_hypermodel("alpha,lam", epochs=1), tmp_path / "out", 3
    )


@pytest.fixture
def chief(tuner, tmp_path):
    chief = service.Chief(tuner.oracle, ("127.0.0.1", 0), tmp_path / "out")
    yield chief
    chief.stop()


@pytest.fixture
def client(chief, tuner, monkeypatch):
    """How a worker called "away" sees the oracle."""
    monkeypatch.setenv(workers.HOST, chief.host)
    monkeypatch.setenv(workers.PORT, str(chief.port))
    monkeypatch.setenv(workers.ID, "away")
    return OracleClient(tuner.oracle)


def test_a_silent_worker_is_given_up(tuner, chief, client, monkeypatch):
    trial = client.create_trial("away")
    assert chief.silent() == [] and not chief.deserted
    beat = service.beat_file(chief.folder, "away")
    beat.parent.mkdir()
    beat.write_text("1 1")
    monkeypatch.setattr(service, "SILENCE", 0.0)
    # It has shown itself since the last look.
    assert chief.silent() == []
    assert chief.silent() == ["away"]
    assert workers.give_up(tuner, chief, "away", "it is silent")
    (record,) = Trials(chief.folder).read()
    assert record["trial"] == trial.trial_id
    assert record["failed"] == "worker lost: it is silent"
    assert tuner.oracle.trials[trial.trial_id].status == "FAILED"
    assert chief.deserted and chief.silent() == []
    # The rest is done by another one, and the search ends.
    for _ in range(2):
        other = client.create_trial("other")
        client.update_trial(other.trial_id, {"val_accuracy": 0.5})
        other.status = "COMPLETED"
        client.end_trial(other)
        assert not chief.finished
    assert client.create_trial("other").status == "STOPPED"
    assert chief.finished


def test_a_worker_that_died_after_its_trial(tuner, chief, client):
    trial = client.create_trial("away")
    record = tuners.heading(tuner.hypermodel, trial)
    record |= {"result": {"accuracy_last": 0.75}, "history": {"seconds": [1.0]}}
    Trials(chief.folder).add(trial.trial_id, record)
    assert workers.give_up(tuner, chief, "away", "it was killed")
    ended = tuner.oracle.trials[trial.trial_id]
    assert ended.status == "COMPLETED" and ended.score == 0.75
    assert not workers.give_up(tuner, chief, "away", "again")


def test_what_a_worker_trains_is_what_the_chief_records(tuner, chief, client):
    client.create_trial("one")
    trial = client.create_trial("two")
    own = tuner.oracle.trials[trial.trial_id].hyperparameters
    sent = tuner.hypermodel.settings(trial.hyperparameters)
    assert sent == tuner.hypermodel.settings(own.copy()) != tuner.hypermodel.base


def test_the_chief_hears_of_errors(tuner, chief, client, monkeypatch):
    def fail(*_):
        raise OSError("no space left")

    monkeypatch.setattr(tuner.oracle, "populate_space", fail)
    with pytest.raises(Exception, match="no space left"):
        client.create_trial("away")
    with pytest.raises(RuntimeError, match="cannot go on: no space left"):
        chief.check()


def test_the_state_is_json(tuner, chief):
    tuner.save()
    content = json.loads((chief.folder / "trials" / "oracle.json").read_text())
    assert content["start_order"] == []
