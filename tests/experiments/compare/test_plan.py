import dataclasses
import functools
import json

import pytest

from keras_pod.core.errors import InputError
from keras_pod.data import load
from keras_pod.experiments.compare.plan import Sweep, keep
from tests.experiments.records import BASE, SWEEP, plan, record

keep = functools.partial(keep, data=load("digits"))


def search(made, accuracy):
    """Runs the trials of `softmax` with an accuracy that (lr, l2) decide."""
    records = []
    while len(made.trials("softmax", records)) < made.sweep.trials:
        trial = made.todo(records)[0]
        records.append(record(trial, accuracy(trial.lr, trial.l2)))
    return records


def test_every_method_and_seed_is_planned():
    made = plan("softmax", "pod", "pod:lam=0.1", seeds=2)
    runs = [(s.loss, s.options.get("lam"), s.seed) for s in made.todo([])]
    first = [("softmax", None, 0), ("pod", 1.0, 0), ("pod", 0.1, 0)]
    assert runs == first + [(loss, lam, 1) for loss, lam, _ in first]
    assert made.size() == (6, 24)
    assert {s.epochs for s in made.todo([])} == {4}
    assert {s.validation_split for s in made.todo([])} == {0}
    # What ended is not planned again.
    todo = made.todo([])
    records = [record(todo[0], 0.9), record(todo[1], "out of memory")]
    assert made.todo(records) == todo[2:] and made.ended(records) == records
    assert [made.label(s) for s in todo[:2]] == ["softmax", "pod"]


def test_trials_are_on_held_out_images_and_come_first():
    made = plan("softmax", "pod", sweep=SWEEP)
    todo = made.todo([])
    assert [s.loss for s in todo] == ["softmax", "pod"]
    assert {(s.epochs, s.validation_split, s.seed) for s in todo} == {(2, 0.2, 0)}
    assert made.label(todo[0]) == "softmax (trial of lr 0.2, l2 0.0005)"
    assert made.size() == (2 * (4 + 2), 2 * (4 * 2 + 2 * 4))
    # As many for every method.
    records, tried = [], []
    while (todo := made.todo(records)) and todo[0].validation_split:
        tried.append(todo[0].loss)
        records.append(record(todo[0], 0.5))
    assert sorted(tried) == ["pod"] * 4 + ["softmax"] * 4


def test_the_search_climbs_to_the_best_rates():
    def curve(lr, l2):
        # What counts is the last epoch's, not the best one's.
        return [1 - lr / 10, 0.9 - abs(lr - 0.8) - 100 * abs(l2 - 5e-4)]

    made = plan("softmax", sweep=Sweep(trials=9))
    records = search(made, curve)
    rates = [(r["settings"]["lr"], r["settings"]["l2"]) for r in records]
    assert rates[:3] == [(0.2, 5e-4), (0.4, 5e-4), (0.8, 5e-4)]
    assert len(set(rates)) == 9
    finals = made.finals("softmax", records)
    assert {(s.lr, s.l2, s.validation_split) for s in finals} == {(0.8, 5e-4, 0)}
    assert made.todo(records) == finals


def test_a_failed_trial_is_never_the_best():
    made = plan("softmax", sweep=SWEEP)
    records = search(made, lambda lr, l2: "diverged" if lr > 0.2 else 0.5)
    assert made.finals("softmax", records)[0].lr == 0.2
    records = search(made, lambda lr, l2: "diverged")
    assert made.finals("softmax", records)[0].lr == 0.2
    assert len(records) == 4


SPARSE = dataclasses.replace(BASE, validate_every=2)


@pytest.mark.parametrize(
    ("names", "changes", "message"),
    [
        ([], {}, "names no method"),
        (["pod", "pod:lam=1.0"], {}, "has 'pod:lam=1.0' twice"),
        (["pod:norm=cubic"], {}, "'pod:norm=cubic'"),
        (["pod"], {"seeds": 0}, "--seeds"),
        (["pod"], {"sweep": Sweep(0)}, "--sweep must"),
        (["pod"], {"sweep": Sweep(1, 0)}, "--sweep-epochs"),
        (["pod"], {"sweep": Sweep(1, 1, float("nan"))}, "validation_split must be"),
        (["pod"], {"base": SPARSE}, "--validate-every 2: `compare` looks"),
    ],
)
def test_bad_plans(names, changes, message):
    with pytest.raises(InputError, match=message):
        plan(*names, **changes)


def test_a_kept_plan_outlives_new_defaults(tmp_path):
    path = tmp_path / "plan.json"
    old = plan("softmax", "pod")
    slower = dataclasses.replace(old.methods["pod"], lr=0.125)
    old = dataclasses.replace(old, methods=old.methods | {"pod": slower})
    assert keep(old, path) == old
    # As it was before there was a setting.
    content = json.loads(path.read_text())
    del content["methods"]["pod"]["drop_last"]
    path.write_text(json.dumps(content))
    again = keep(plan("pod", "arcface", seeds=5), path)
    assert again.methods["pod"] == slower
    assert list(again.methods) == ["pod", "arcface"] and len(again.seeds) == 5
    assert set(json.loads(path.read_text())["methods"]) == {"softmax", "pod", "arcface"}


def test_a_folder_holds_one_comparison(tmp_path):
    path = tmp_path / "plan.json"
    keep(plan("pod"), path)
    longer = dataclasses.replace(BASE, epochs=5, drop_last=True)
    told = r"another comparison \(epochs 4 -> 5, drop_last False -> True\)"
    with pytest.raises(InputError, match=told):
        keep(plan("pod", base=longer), path)
    with pytest.raises(InputError, match="another comparison .*sweep"):
        keep(plan("pod", sweep=SWEEP), path)
    bare = dataclasses.replace(BASE, neck="none")
    with pytest.raises(InputError, match=r"\(neck of pod batch_norm -> none\)"):
        keep(plan("pod", "softmax", base=bare), path)
    with pytest.raises(InputError, match="run that began with other data .mean"):
        keep(plan("pod"), path, data=load("digits", limit=60))
    unknown = b'{"methods": {"pod": {"speed": 1}}, "sweep": null}'
    no_plan = b'{"methods": {"pod": 1}, "sweep": null}'
    for content in (b"{}", b"[]", no_plan, unknown, b"\xff"):
        path.write_bytes(content)
        with pytest.raises(InputError, match="is not a plan"):
            keep(plan("pod"), path)
