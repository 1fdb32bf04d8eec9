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
from keras_pod.experiments.papers.claims import judge
from keras_pod.experiments.papers.our_numbers import line_of
from keras_pod.experiments.papers.reproduce import CellRuns
from tests.experiments.records import record, records, table


@pytest.fixture
def console():
    return Console(record=True, width=120, file=open(os.devnull, "w"))  # noqa: SIM115


def prepared(name, scale="paper", variant="paper", data=None, epochs=None):
    return reproduce._table(name, scale, variant, data, epochs)


def lines(made, found, seeds):
    return [line_of(cell, found, seeds) for cell in made.cells]


def test_runs_that_tables_share_are_run_once():
    runs = CellRuns([table(), table("other")], seeds=2)
    assert runs.size() == (4, 4)
    done = records(table())
    assert runs.todo(done) == [] and runs.ended(done) == done
    assert runs.label(runs.todo([])[0]) == "mine Cosine Loss, digits"


def test_lines_and_a_verdict():
    made = table()
    cosine, nac, n = lines(made, records(made), 2)
    assert cosine.ours == pytest.approx(90.045) and cosine.row["seeds"] == 2
    assert cosine.row["ours_sd"] == pytest.approx(0.09 / 2**0.5)
    assert nac.row["best"] == pytest.approx(92.046)
    assert nac.texts["difference"] == "+0.546"
    assert (n.ours, n.texts["difference"], n.row["best"]) == (128, "-128", None)
    of_three = [line.values for line in lines(made, records(made, 3), 3)]
    [verdict] = judge(made, of_three)
    told = "NaC Loss - Cosine Loss: +2.00 [+1.99, +2.01], 3 seeds"
    assert verdict.statistic == told
    assert verdict.decision == "holds" and verdict.claim.startswith("C7 (digits)")
    # Numbers of other data are not subtracted.
    other = made.of(dataclasses.replace(c, stand_in=True) for c in made.cells)
    assert lines(other, records(other), 2)[0].texts["difference"] == ""


def test_what_failed_or_was_not_measured_is_told():
    made = table()
    failed = [record(s, "OOM") for s in CellRuns([made], 1).todo([])]
    line = lines(made, failed, 1)[0]
    assert line.ours is None and line.row["failed"] == "OOM"
    asked = made.of(
        dataclasses.replace(c, value="wordnet_similarity") for c in made.cells[:2]
    )
    found = lines(asked, records(made), 2)
    assert found[0].ours is None
    assert found[0].row["failed"] == "no wordnet_similarity was measured"
    assert judge(asked, [line.values for line in found]) == []


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
    found = reproduce.reproduce(["mine"], seeds=1, out=tmp_path, console=console)
    assert [line.ours is None for line in found] == [True, False, False, False]
    text = console.export_text()
    assert "91.50 ± 0.20" in text and "a note" in text and "C7 (digits)" in text
    with (tmp_path / "mine.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["table"] for row in rows} == {"mine"}
    assert [float(row["ours"] or "nan") for row in rows] == (
        pytest.approx([line.ours or float("nan") for line in found], nan_ok=True)
    )
    printed = (tmp_path / "mine.md").read_text()
    assert "| NaC Loss | digits | digits | 91.50 ± 0.20 |" in printed
    assert "Softmax, digits: InputError: keras_hub is missing." in printed
    # Once more, nothing is run.
    before = (tmp_path / "results.jsonl").read_text()
    assert len(before.splitlines()) == 3
    reproduce.reproduce(["mine"], seeds=1, out=tmp_path, console=console)
    assert (tmp_path / "results.jsonl").read_text() == before


def test_epochs_and_the_variant_are_told(monkeypatch):
    monkeypatch.setitem(recipes.TABLES, "mine", table())
    few = prepared("mine", epochs=7)
    assert {cell.settings.epochs for cell in few.cells} == {7}
    assert few.note == "a note All runs have 7 epochs in place of the recipe's."
    # Other epochs are tested on as often.
    cells = prepared("pod-4", "small", epochs=25).cells
    every = {(c.settings.data, c.settings.validate_every) for c in cells}
    assert every == {("digits", 1), ("fashion_mnist", 25)}
    told = "The runs are those of the published code."
    assert prepared("rbf-7", variant="code").note.endswith(told)


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        ("--epochs 2 --variant code --row A --row B", "paper-code-epochs2-rows2"),
        ("--data some/mnist10k.npz", "paper-paper-mnist10k"),
    ],
)
def test_where_results_go(monkeypatch, flags, name):
    found = []
    monkeypatch.setattr(reproduce, "reproduce", lambda *_, **given: found.append(given))
    assert cli.main(["reproduce", "pod-3", *flags.split()]) == 0
    assert [given["out"] for given in found] == [Path("runs", f"reproduce-{name}")]


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


def test_rows_are_chosen_before_they_are_counted():
    rows = ["POD Loss", "Softmax Loss"]
    tables = [recipes.get("pod-4"), recipes.get("sbn-1")]
    (kept,) = reproduce._with_rows(tables, rows, None)
    assert {cell.row for cell in kept.cells} == set(rows) and len(kept.cells) == 8
    assert kept.note.endswith("Of its rows only: POD Loss, Softmax Loss.")
    (few,) = reproduce._with_rows(tables, ["POD Loss"], 1)
    assert {cell.row for cell in few.cells} == {"POD Loss"}
    few, other = reproduce._with_rows(tables, [], 1)
    assert {cell.row for cell in few.cells} == {"Softmax Loss"}
    assert len({cell.row for cell in other.cells}) == 1
    assert few.note.endswith("Of 10 rows the first 1 only.")


@pytest.mark.parametrize(
    ("name", "scale", "given", "data"),
    [
        ("pod-4", "paper", "some/mnist10k.npz", "some/mnist10k.npz"),
        # A figure of the first five classes is of those of the other data too.
        ("pod-fig-6", "paper", "some/mnist10k.npz", "some/mnist10k.npz-5"),
        ("pod-fig-6", "small", "kmnist", "kmnist-5"),
        ("pod-fig-6", "paper", "kmnist-3", "kmnist-3"),
    ],
)
def test_on_other_data(name, scale, given, data):
    on = prepared(name, scale, data=given)
    assert on.note.endswith(f"All runs are on {Path(given).name}.")
    assert on.data == [data] and all(cell.stand_in for cell in on.cells)
    assert {c.row for c in on.cells} == {c.row for c in recipes.get(name).cells}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seeds": 0}, "--seeds"),
        ({"epochs": 0}, "--epochs"),
        ({"scale": "tiny"}, "--scale"),
        ({"scale": "small", "rows": ["POD"]}, "unknown row 'POD'"),
    ],
)
def test_bad_input(tmp_path, console, changes, message):
    given = {"names": ["pod-4"], "out": tmp_path} | changes
    with pytest.raises(InputError, match=message):
        reproduce.reproduce(**given, console=console)
