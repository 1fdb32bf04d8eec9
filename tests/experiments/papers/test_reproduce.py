import csv
import os
from pathlib import Path

import pytest
from rich.console import Console

from keras_pod import data as datasets
from keras_pod.core.errors import InputError
from keras_pod.experiments.cli import main as cli
from keras_pod.experiments.compare import runner
from keras_pod.experiments.papers import recipes, reproduce
from keras_pod.experiments.papers.reproduce import CellRuns, show_list
from tests.experiments.records import records, table


@pytest.fixture
def console():
    return Console(record=True, width=120, file=open(os.devnull, "w"))  # noqa: SIM115


def test_runs_that_tables_share_are_run_once():
    runs = CellRuns([table(), table("other")], seeds=2)
    assert runs.runs == 4 and runs.epochs == 4
    done = records(table())
    assert runs.todo(done) == [] and runs.ended(done) == done
    assert runs.label(runs.todo([])[0]) == "mine Cosine Loss, digits"


def test_a_small_table_is_run_and_printed(tmp_path, console, monkeypatch):
    monkeypatch.setitem(recipes.TABLES, "mine", table())
    made = reproduce.reproduce(["mine"], seeds=1, out=tmp_path, console=console)
    assert [line.ours is not None for line in made] == [True] * 3
    text = console.export_text()
    assert "91.50 ± 0.20" in text and "a note" in text and "C7 (digits)" in text
    with (tmp_path / "mine.csv").open(newline="") as file:
        assert float(next(csv.DictReader(file))["ours"]) == made[0].ours
    before = (tmp_path / "results.jsonl").read_text()
    assert len(before.splitlines()) == 2
    reproduce.reproduce(["mine"], seeds=1, out=tmp_path, console=console)
    assert (tmp_path / "results.jsonl").read_text() == before
    assert (
        "| NaC Loss | digits | digits | 91.50 ± 0.20 |"
        in (tmp_path / "mine.md").read_text()
    )


def test_limit_and_epochs(tmp_path, console, monkeypatch):
    monkeypatch.setitem(recipes.TABLES, "mine", table())
    made = reproduce._table("mine", "paper", "paper", 1, 7)
    assert [cell.row for cell in made.cells] == ["Cosine Loss"]
    assert made.cells[0].settings.epochs == 7
    assert made.note == (
        "a note All runs have 7 epochs in place of the recipe's. Of 3 rows the first 1 "
        "only."
    )


def test_other_epochs_are_tested_on_as_often():
    made = reproduce._table("pod-4", "small", "paper", None, 25)
    every = {(c.settings.data, c.settings.validate_every) for c in made.cells}
    assert every == {("digits", 1), ("fashion_mnist", 25)}


def test_the_variant_is_told(monkeypatch):
    def note(name, scale="paper"):
        return reproduce._table(name, scale, "code", None, None).note

    assert note("rbf-7").endswith("The runs are those of the published code.")
    assert note("sbn-1").endswith("code. That changes nothing here.")
    printed = reproduce._table("rbf-7", "paper", "paper", None, None).note
    assert "The runs are" not in printed
    works = reproduce._table("rbf-7", "small", "works", None, None).note
    assert "our methods' own defaults" in works


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        ([], "reproduce-paper-paper"),
        (["--scale", "small", "--limit", "1"], "reproduce-small-paper-limit1"),
        (["--epochs", "2", "--variant", "code"], "reproduce-paper-code-epochs2"),
        (["--data", "some/mnist10k.npz"], "reproduce-paper-paper-mnist10k"),
        (["--row", "POD Loss", "--row", "COT"], "reproduce-paper-paper-rows2"),
    ],
)
def test_where_results_go(monkeypatch, flags, name):
    found = []
    monkeypatch.setattr(reproduce, "reproduce", lambda *given: found.append(given[7]))
    assert cli.main(["reproduce", "pod-3", *flags]) == 0
    assert found == [Path("runs") / name]


def test_without_the_data(tmp_path, console, monkeypatch):
    monkeypatch.setattr(
        datasets, "available", lambda name: (False, f"fetch {name} from its authors")
    )
    with pytest.raises(InputError, match="fetch facescrub-361 from its authors"):
        reproduce.reproduce(["sbn-3"], out=tmp_path, console=console)
    monkeypatch.setattr(
        datasets, "available", lambda name: (name == "cifar10", f"fetch {name}")
    )
    tables = [recipes.get("sbn-3"), recipes.get("pod-4")]
    (left,) = reproduce._with_data_at_hand(tables, console)
    assert left.name == "pod-4"
    assert {cell.column for cell in left.cells} == {"CIFAR10"}
    told = console.export_text()
    assert "sbn-3 without data, so that it is left out" in told
    assert "pod-4 without some columns" in told and "fetch tiny_imagenet" in told


def test_a_run_that_needs_what_is_not_here_does_not_stop_the_others(
    tmp_path, console, monkeypatch
):
    monkeypatch.setitem(recipes.TABLES, "mine", table())
    real = runner.train

    def train(settings, *arguments, **options):
        if settings.loss == "cosine":
            raise InputError("keras_hub is missing")
        return real(settings, *arguments, **options)

    monkeypatch.setattr(runner, "train", train)
    made = reproduce.reproduce(["mine"], seeds=1, out=tmp_path, console=console)
    assert [line.ours is None for line in made] == [True, False, False]
    assert "InputError: keras_hub is missing" in made[0].failed


def test_chosen_rows(console, monkeypatch):
    rows = ["POD Loss", "Softmax Loss"]
    (made,) = reproduce._with_rows([recipes.get("pod-4"), recipes.get("sbn-1")], rows)
    assert {cell.row for cell in made.cells} == set(rows) and len(made.cells) == 8
    assert made.note.endswith("Of its rows only: POD Loss, Softmax Loss.")
    with pytest.raises(InputError, match="unknown row 'POD'"):
        reproduce._with_rows([recipes.get("pod-4")], ["POD"])


def test_other_data_in_place_of_the_tables():
    made = reproduce._on(recipes.get("pod-4"), "some/mnist10k.npz")
    assert made.note.endswith("All runs are on mnist10k.npz.")
    assert {cell.settings.data for cell in made.cells} == {"some/mnist10k.npz"}
    assert all(cell.stand_in for cell in made.cells)
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
    ],
)
def test_bad_input(tmp_path, console, changes, message):
    given = {"names": ["pod-4"], "out": tmp_path} | changes
    with pytest.raises(InputError, match=message):
        reproduce.reproduce(**given, console=console)
