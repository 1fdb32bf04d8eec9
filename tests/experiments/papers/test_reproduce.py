"""The command: which runs a table takes, and what is written of them."""

import csv
import dataclasses
import os
from pathlib import Path

import pytest
from rich.console import Console

from keras_pod import data as datasets
from keras_pod.core.errors import InputError
from keras_pod.experiments.cli import main as cli
from keras_pod.experiments.compare import runner
from keras_pod.experiments.papers import recipes, reproduce
from keras_pod.experiments.papers.our_numbers import lines_of, values_of, write
from keras_pod.experiments.papers.reproduce import CellRuns, show_list
from keras_pod.experiments.papers.verdicts import judge
from tests.experiments.records import record, records, table


@pytest.fixture
def console():
    return Console(record=True, width=120, file=open(os.devnull, "w"))  # noqa: SIM115


def prepared(name, scale="paper", variant="paper", limit=None, epochs=None):
    return reproduce._table(name, scale, variant, limit, epochs)


def test_runs_that_tables_share_are_run_once():
    runs = CellRuns([table(), table("other")], seeds=2)
    assert runs.runs == 4 and runs.epochs == 4
    done = records(table())
    assert runs.todo(done) == [] and runs.ended(done) == done
    assert runs.label(runs.todo([])[0]) == "mine Cosine Loss, digits"


def test_lines_and_a_verdict():
    cosine, nac, n = lines_of(table(), records(table()), 2)
    assert cosine.ours == pytest.approx(90.045) and cosine.seeds == 2
    assert nac.difference == pytest.approx(0.546) and nac.best == pytest.approx(92.046)
    assert (n.ours, n.difference, n.best) == (128, -128, None)
    [verdict] = judge(table(), values_of(records(table(), 3), 3))
    told = "NaC Loss - Cosine Loss: +2.00 [+1.99, +2.01], 3 seeds"
    assert verdict.statistic == told
    assert verdict.decision == "holds" and verdict.claim.startswith("C7 (digits)")
    # Numbers of other data are not subtracted.
    other = table().of(dataclasses.replace(c, stand_in=True) for c in table().cells)
    assert lines_of(other, records(other), 2)[0].difference is None


def test_what_failed_or_was_not_measured_is_told():
    made = table()
    failed = [record(s, "OOM") for s in CellRuns([made], 1).todo([])]
    line = lines_of(made, failed, 1)[0]
    assert line.ours is None and line.failed == "OOM"
    asked = made.of(
        dataclasses.replace(c, value="wordnet_similarity") for c in made.cells[:2]
    )
    line = lines_of(asked, records(made), 2)[0]
    assert line.ours is None and line.failed == "no wordnet_similarity was measured"
    assert judge(asked, values_of(records(made), 2)) == []


def test_the_shrinkage_of_gaussian_classes_is_told(tmp_path):
    made = recipes.TABLES["pod-9"]
    found = [record(s, 0.9) for s in CellRuns([made], 2).todo([])]
    for i, one in enumerate(found):
        one["result"] |= {"accuracy_gaussian": 0.8, "shrinkage": (0.1, 0.3)[i % 2]}
    lines = lines_of(made, found, 2)
    told = {(line.row, line.remark) for line in lines}
    assert ("Cosine", "") in told and len({r for _, r in told}) > 1
    write(made, lines, [], tmp_path)
    assert "covariances shrunk by" in (tmp_path / "pod-9.md").read_text()


def test_a_small_table_is_run_and_printed(tmp_path, console, monkeypatch):
    cells = table().cells
    settings = dataclasses.replace(cells[0].settings, loss="softmax")
    softmax = recipes.Cell("Softmax", "digits", None, settings)
    monkeypatch.setitem(recipes.TABLES, "mine", table().of((softmax, *cells)))
    real = runner.train

    def train(settings, *arguments, **options):
        if settings.loss == "softmax":
            raise InputError("keras_hub is missing")
        return real(settings, *arguments, **options)

    # A run that needs what is not here does not stop the others.
    monkeypatch.setattr(runner, "train", train)
    lines = reproduce.reproduce(["mine"], seeds=1, out=tmp_path, console=console)
    assert [line.ours is None for line in lines] == [True, False, False, False]
    assert "InputError: keras_hub is missing" in lines[0].failed
    text = console.export_text()
    assert "91.50 ± 0.20" in text and "a note" in text and "C7 (digits)" in text
    with (tmp_path / "mine.csv").open(newline="") as file:
        assert [float(row["ours"] or "nan") for row in csv.DictReader(file)] == (
            pytest.approx([line.ours or float("nan") for line in lines], nan_ok=True)
        )
    printed = (tmp_path / "mine.md").read_text()
    assert "| NaC Loss | digits | digits | 91.50 ± 0.20 |" in printed
    # Once more, nothing is run.
    before = (tmp_path / "results.jsonl").read_text()
    assert len(before.splitlines()) == 3
    reproduce.reproduce(["mine"], seeds=1, out=tmp_path, console=console)
    assert (tmp_path / "results.jsonl").read_text() == before


def test_limit_epochs_and_the_variant_are_told(monkeypatch):
    monkeypatch.setitem(recipes.TABLES, "mine", table())
    few = prepared("mine", limit=1, epochs=7)
    assert [cell.row for cell in few.cells] == ["Cosine Loss"]
    assert few.cells[0].settings.epochs == 7
    assert few.note == (
        "a note All runs have 7 epochs in place of the recipe's. Of 3 rows the first 1 "
        "only."
    )
    # Other epochs are tested on as often.
    cells = prepared("pod-4", "small", epochs=25).cells
    every = {(c.settings.data, c.settings.validate_every) for c in cells}
    assert every == {("digits", 1), ("fashion_mnist", 25)}
    code = "The runs are those of the published code."
    assert prepared("rbf-7", variant="code").note.endswith(code)
    same = prepared("sbn-1", variant="code").note
    assert same.endswith("That changes nothing here.")
    assert "The runs are" not in prepared("rbf-7").note
    assert "our methods' own defaults" in prepared("rbf-7", "small", "works").note


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        ("", "paper-paper"),
        ("--scale small --limit 1", "small-paper-limit1"),
        ("--epochs 2 --variant code --row A --row B", "paper-code-epochs2-rows2"),
        ("--data some/mnist10k.npz", "paper-paper-mnist10k"),
    ],
)
def test_where_results_go(monkeypatch, flags, name):
    found = []
    monkeypatch.setattr(reproduce, "reproduce", lambda *_, **given: found.append(given))
    assert cli.main(["reproduce", "pod-3", *flags.split()]) == 0
    assert [given["out"] for given in found] == [str(Path("runs", f"reproduce-{name}"))]


def test_without_the_data(tmp_path, console, monkeypatch):
    def available(name):
        return name == "cifar10", f"fetch {name} from its authors"

    monkeypatch.setattr(datasets, "available", available)
    with pytest.raises(InputError, match="fetch facescrub-361 from its authors"):
        reproduce.reproduce(["sbn-3"], out=tmp_path, console=console)
    tables = [recipes.get("sbn-3"), recipes.get("pod-4")]
    (left,) = reproduce._with_data_at_hand(tables, console)
    assert left.name == "pod-4"
    assert {cell.column for cell in left.cells} == {"CIFAR10"}
    told = console.export_text()
    assert "sbn-3 without data, so that it is left out" in told
    assert "pod-4 without some columns" in told and "fetch tiny_imagenet" in told


def test_chosen_rows_and_other_data():
    rows = ["POD Loss", "Softmax Loss"]
    (kept,) = reproduce._with_rows([recipes.get("pod-4"), recipes.get("sbn-1")], rows)
    assert {cell.row for cell in kept.cells} == set(rows) and len(kept.cells) == 8
    assert kept.note.endswith("Of its rows only: POD Loss, Softmax Loss.")
    on = reproduce._on(recipes.get("pod-4"), "some/mnist10k.npz")
    assert on.note.endswith("All runs are on mnist10k.npz.")
    assert {cell.settings.data for cell in on.cells} == {"some/mnist10k.npz"}
    assert all(cell.stand_in for cell in on.cells)
    rbf = recipes.get("rbf-4")
    assert len(reproduce._on(rbf, "mnist10k.npz").cells) == len(rbf.cells)


def test_list_names_every_table(console):
    show_list(console)
    text = console.export_text()
    assert all(name in text for name in recipes.TABLES)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seeds": 0}, "--seeds"),
        ({"limit": 0}, "--limit"),
        ({"epochs": 0}, "--epochs"),
        ({"scale": "tiny"}, "--scale"),
        ({"names": ["pod-40"]}, "did you mean"),
        ({"scale": "small", "rows": ["POD"]}, "unknown row 'POD'"),
    ],
)
def test_bad_input(tmp_path, console, changes, message):
    given = {"names": ["pod-4"], "out": tmp_path} | changes
    with pytest.raises(InputError, match=message):
        reproduce.reproduce(**given, console=console)
