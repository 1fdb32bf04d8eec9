"""The files that are kept of a trial, and until when."""

import dataclasses

import pytest
from rich.console import Console

from keras_pod.experiments.compare.results import Results
from keras_pod.experiments.tune import tuners
from keras_pod.experiments.tune.description import Search
from keras_pod.experiments.tune.tune import run_search
from tests.experiments.tune.conftest import make
from tests.experiments.tune.test_ranking import RECORDS

pytestmark = [
    # KerasTuner's own.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Even though:UserWarning"),
    pytest.mark.usefixtures("eager"),
]


def test_killed_before_its_line_is_written_a_trial_goes_on(data, tmp_path, monkeypatch):
    model = make(data, "lam", epochs=1)
    # Any seed of a run is one of a search.
    model.base = dataclasses.replace(model.base, seed=2**32 - 1)

    def killed(*_):
        raise KeyboardInterrupt

    def run():
        tuner = tuners.make("random", model, tmp_path / "out", 1)
        assert 0 < tuner.oracle.seed < 2**32
        tuner.search(verbose=0)
        return list((tmp_path / "out/trials").glob("trial_*/checkpoints"))

    with monkeypatch.context() as context:
        context.setattr(Results, "add", killed)
        with pytest.raises(KeyboardInterrupt):
            run()
    log = tmp_path / "out/trials/trial_0/log.txt"
    assert run() == []
    # The second start trained nothing.
    assert log.read_text().count("epoch") == 2
    assert "going on after epoch 1" in log.read_text()
    [record] = Results(tmp_path / "out").read()
    assert len(record["history"]["loss"]) == 1


def test_a_hyperband_keeps_the_weights_that_may_be_gone_on_with(data, tmp_path):
    model = make(data, "lam", epochs=3)
    for count, kept in ((2, 2), (6, 1)):
        out = tmp_path / str(count)
        for i in range(count):
            Results(out).add(RECORDS[0] | {"trial": f"000{i}"})
            weights = out / f"trials/trial_000{i}/checkpoint.weights.h5"
            weights.parent.mkdir(parents=True)
            weights.touch()
        search = Search(tuner="hyperband", trials=count)
        run_search(search, model, out, 1, Console(quiet=True))
        assert len(list(out.glob("trials/*/*.h5"))) == kept


def test_a_search_in_which_all_failed(data, tmp_path):
    Results(tmp_path).add(RECORDS[1])
    search = Search(tuner="random", trials=1)
    with pytest.raises(RuntimeError, match="no trial of the search succeeded: .*loss"):
        run_search(search, make(data, "lam"), tmp_path, 1, Console(quiet=True))
