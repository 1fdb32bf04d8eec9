"""The files that are kept of a trial, and until when."""

import dataclasses

import pytest
from rich.console import Console

from keras_pod.experiments.tune import records, tuners
from keras_pod.experiments.tune import tune as search
from tests.experiments.tune.conftest import make
from tests.experiments.tune.test_ranking import RECORDS

# KerasTuner's own.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def model(data):
    return make(data, "lam", epochs=3)


def test_killed_before_its_line_is_written_a_trial_goes_on(
    model, tmp_path, monkeypatch
):
    def killed(*_):
        raise KeyboardInterrupt

    def run():
        tuners.make("random", model, tmp_path / "out", 1).search(verbose=0)
        return list((tmp_path / "out/trials").glob("trial_*/checkpoints"))

    with monkeypatch.context() as context:
        context.setattr(records.Trials, "add", killed)
        with pytest.raises(KeyboardInterrupt):
            run()
    log = tmp_path / "out/trials/trial_0/log.txt"
    assert run() == []
    # The second start trained nothing.
    assert log.read_text().count("epoch") == 4
    assert "going on after epoch 3" in log.read_text()
    [record] = records.Trials(tmp_path / "out").read()
    assert len(record["history"]["loss"]) == 3


def test_any_seed_of_a_run_is_one_of_a_search(model, tmp_path):
    model.base = dataclasses.replace(model.base, seed=2**32 - 1)
    tuner = tuners.make("bayesian", model, tmp_path / "out", 3)
    assert 0 < tuner.oracle.seed < 2**32


def test_a_hyperband_keeps_the_weights_that_may_be_gone_on_with(model, tmp_path):
    tuner = tuners.make("hyperband", model, tmp_path / "all", None)
    planned = len(tuner.oracle.planned)
    for count, kept in ((2, 2), (planned, 1)):
        out = tmp_path / str(count)
        for i in range(count):
            line = {k: v for k, v in RECORDS[0].items() if k != "trial"}
            records.Trials(out).add(f"000{i}", line)
            weights = out / f"trials/trial_000{i}/checkpoint.weights.h5"
            weights.parent.mkdir(parents=True)
            weights.touch()
        what = search.Search(tuner="hyperband", trials=count)
        quiet = Console(quiet=True)
        search._search(what, model, out, 1, None, quiet)
        assert len(list(out.glob("trials/*/*.h5"))) == kept
