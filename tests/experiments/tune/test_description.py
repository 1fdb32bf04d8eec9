"""search.json, and the workers on other machines that have to agree with it."""

import dataclasses
import json

import pytest
from rich.console import Console

from keras_pod.core.errors import InputError
from keras_pod.experiments.tune import description
from keras_pod.experiments.tune import tune as search
from keras_pod.experiments.tune.description import Search

# KerasTuner's own.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def mine(npz):
    settings = {"data": str(npz), "backbone": "tiny", "epochs": 1}
    return Search(search="lam", settings=settings)


def test_a_search_from_before_a_setting_was_there_goes_on(mine, tmp_path):
    description.keep(mine, mine.model(), tmp_path)
    path = tmp_path / "search.json"
    content = json.loads(path.read_text())
    del content["settings"]["validate_every"]
    path.write_text(json.dumps(content))
    description.keep(mine, mine.model(), tmp_path)


@pytest.mark.parametrize("content", [b"[]", b'{"settings": 5}', b"\xff"])
def test_a_file_that_is_no_search(mine, tmp_path, content):
    (tmp_path / "search.json").write_bytes(content)
    with pytest.raises(InputError, match=r"search\.json is not a search: "):
        description.keep(mine, mine.model(), tmp_path)


def test_a_worker_waits_for_the_search_and_has_the_same(mine, tmp_path, monkeypatch):
    other = dataclasses.replace(mine, settings={**mine.settings, "seed": 3})
    out, console = tmp_path / "out", Console(quiet=True)
    for name, value in (("TUNER_ID", "away"), ("ORACLE_IP", "a"), ("ORACLE_PORT", "1")):
        monkeypatch.setenv(f"KERASTUNER_{name}", value)
    worked, waited = [], []

    class Tuner:
        def search(self, verbose):
            worked.append(verbose)

    monkeypatch.setattr(search, "make_tuner", lambda *given: Tuner())

    def sleep(seconds):
        waited.append(seconds)
        description.keep(mine, mine.model(), out)

    monkeypatch.setattr(description.time, "sleep", sleep)
    search.tune(mine, out, console=console)
    assert len(worked) == len(waited) == 1
    with pytest.raises(InputError, match="holds another search .settings differ"):
        search.tune(other, out, console=console)
    assert len(worked) == 1
