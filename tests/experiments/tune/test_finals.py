import dataclasses

import pytest
from rich.console import Console

from keras_pod.experiments.tune import finals
from tests.experiments.records import BASE, record

SEARCHED = dataclasses.replace(BASE.resolve(10), seed=4, validation_split=0.2)
BETTER = dataclasses.replace(SEARCHED, dim=16)


@pytest.fixture
def ran(monkeypatch):
    """The settings of all runs; each ends with `ran.ends[dim][place of its seed]`."""

    class Ran(list):
        pass

    found = Ran()
    found.ends = {8: (0.8, 0.8, 0.8), 16: (0.9, 0.9, 0.9)}

    def run_all(plan, folder, console, jobs):
        found.extend(plan.todo([]))
        place = {seed: i for i, seed in enumerate(plan.seeds)}
        return [record(s, found.ends[s.dim][place[s.seed]]) for s in found]

    monkeypatch.setattr(finals, "run_all", run_all)
    return found


def run(folder, **options):
    settings = {finals.DEFAULTS: SEARCHED, "trial 1": BETTER}
    return finals.run_finals(settings, 3, folder, Console(quiet=True), **options)


@pytest.mark.parametrize(
    ("whole", "seeds", "split"), [(False, {5, 6, 7}, 0.2), (True, {0, 1, 2}, 0.0)]
)
def test_seeds_that_the_search_did_not_have(ran, tmp_path, whole, seeds, split):
    rows = run(tmp_path, whole=whole)
    assert {(settings.seed, settings.validation_split) for settings in ran} == {
        (seed, split) for seed in seeds
    }
    assert [row.method for row in rows] == ["trial 1", finals.DEFAULTS]


def test_what_failed_comes_after_what_did_not(ran, tmp_path):
    ran.ends[16] = (0.99, "diverged", "diverged")
    rows = run(tmp_path)
    assert [(row.method, row.seeds) for row in rows] == [
        (finals.DEFAULTS, 3),
        ("trial 1", 1),
    ]
    table = (tmp_path / "table.md").read_text()
    assert table.index(finals.DEFAULTS) < table.index("trial 1")
    ran.clear()
    ran.ends[8] = ("diverged",) * 3
    ran.ends[16] = ("diverged",) * 3
    with pytest.raises(RuntimeError, match=f"diverged; remove {tmp_path} to run"):
        run(tmp_path)
