import dataclasses
import os

import pytest
from rich.console import Console

from keras_pod.experiments.papers import recipes, reproduce
from keras_pod.experiments.papers.figures import draw
from keras_pod.experiments.papers.our_numbers import Line
from keras_pod.experiments.papers.recipes import TABLES
from keras_pod.experiments.run.settings import Settings

TINY = Settings(data="digits-3", limit=64, epochs=1, backbone="resnet8-4", lr=0.01)


@pytest.fixture
def console():
    return Console(record=True, width=120, file=open(os.devnull, "w"))  # noqa: SIM115


def tiny(name, rows, **settings):
    """The first rows of a figure, on very little."""
    table = TABLES[name]
    kept = list(dict.fromkeys(cell.row for cell in table.cells))[:rows]
    cells = [
        dataclasses.replace(
            cell,
            settings=dataclasses.replace(
                TINY,
                loss=cell.settings.loss,
                options=cell.settings.options,
                measure=cell.settings.measure,
                **settings,
            ),
        )
        for cell in table.cells
        if cell.row in kept
    ]
    return dataclasses.replace(table, cells=tuple(cells))


def test_features_in_two_dimensions(tmp_path, console, monkeypatch):
    monkeypatch.setitem(recipes.TABLES, "pod-fig-6", tiny("pod-fig-6", 2, dim=2))
    lines = reproduce.reproduce(["pod-fig-6"], seeds=1, out=tmp_path, console=console)
    assert [line.ours is not None for line in lines] == [True] * 6
    assert (tmp_path / "pod-fig-6.png").stat().st_size > 10_000
    assert "pod-fig-6.png" in console.export_text()


def test_the_loss_and_its_parts_over_lambda(tmp_path, console, monkeypatch):
    made = tiny("pod-fig-5", 2, dim=8)
    columns = [f"CIFAR10, {name}" for name in ("loss", "NaC", "SC", "accuracy")]
    cells = tuple(cell for cell in made.cells if cell.column in columns)
    made = dataclasses.replace(made, cells=cells)
    monkeypatch.setitem(recipes.TABLES, "pod-fig-5", made)
    lines = reproduce.reproduce(["pod-fig-5"], seeds=1, out=tmp_path, console=console)
    ours = {(line.row, line.column): line.ours for line in lines}
    for power in (0.01, 0.1):
        loss, nac, sc = (ours[f"lambda = {power}", column] for column in columns[:3])
        assert loss == pytest.approx(nac + power * sc) and sc > 0
    assert (tmp_path / "pod-fig-5.png").stat().st_size > 10_000


def test_without_a_run_there_is_no_figure(tmp_path):
    for name in ("pod-fig-5", "rbf-fig-1"):
        table = TABLES[name]
        nothing = {field.name: None for field in dataclasses.fields(Line)}
        lines = [
            Line(**nothing | {"row": cell.row, "column": cell.column})
            for cell in table.cells
        ]
        assert draw(table, lines, tmp_path) is None


def test_panels_of_the_papers():
    rows = {n: len({c.row for c in TABLES[n].cells}) for n in TABLES if "fig" in n}
    expected = {"pod-fig-5": 8, "pod-fig-6": 8, "rbf-fig-1": 6, "rbf-fig-5": 3}
    assert rows == expected
    assert {c.settings.dim for c in TABLES["rbf-fig-1"].cells} == {2}
