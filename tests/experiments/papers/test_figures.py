import dataclasses

import numpy as np
import pytest

from keras_pod.experiments.papers import recipes, reproduce, stand_ins
from keras_pod.experiments.papers.figures import draw
from keras_pod.experiments.papers.our_numbers import Line
from keras_pod.experiments.papers.recipes import TABLES, Cell
from keras_pod.experiments.run.settings import Settings

VALUES = ("accuracy_last", "gaps", "pod_loss", "pod_nac", "pod_sc")


def test_features_in_two_dimensions_and_the_parts_of_the_loss(
    tmp_path, monkeypatch, capsys
):
    made = Settings(data="digits-3", limit=64, epochs=1, backbone="tiny", dim=2)
    made = dataclasses.replace(made, measure="angles,pod_parts", options={"lam": 0.1})
    cells = tuple(Cell("POD", value, None, made, value) for value in VALUES)
    table = dataclasses.replace(TABLES["pod-fig-6"], cells=cells, claims=())
    monkeypatch.setitem(recipes.TABLES, "pod-fig-6", table)
    lines = reproduce.reproduce(["pod-fig-6"], seeds=1, out=tmp_path)
    ours = {line.cell.column: line.ours for line in lines}
    assert 0 <= ours["accuracy_last"] <= 100 and ours["gaps"] > 0
    assert ours["pod_loss"] == pytest.approx(ours["pod_nac"] + 0.1 * ours["pod_sc"])
    assert ours["pod_sc"] > 0
    assert (tmp_path / "pod-fig-6.png").stat().st_size > 10_000
    assert "pod-fig-6.png" in capsys.readouterr().out


def lines(name, *values):
    made = dict(enumerate(values))
    cells = stand_ins.with_stand_ins(TABLES[name]).cells
    return [Line(cell, made, {"ours": 0.5}) for cell in cells]


def test_over_lambda(tmp_path):
    figure = draw(TABLES["pod-fig-5"], lines("pod-fig-5", 0.5), tmp_path)
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["loss", "NaC", "SC", "accuracy"]
    loss, other = figure.axes[0].lines
    assert loss.get_label() == "fashion_mnist for CIFAR10"
    assert other.get_label() == "digits for CIFAR100"
    np.testing.assert_allclose(loss.get_xdata(), 10.0 ** np.arange(-2, 6))
    np.testing.assert_allclose(loss.get_ydata(), 0.5)


@pytest.mark.parametrize(
    ("name", "values"), [("pod-fig-5", ()), ("rbf-fig-1", ()), ("rbf-fig-1", (0.5,))]
)
def test_without_a_run_there_is_no_figure(tmp_path, name, values):
    assert draw(TABLES[name], lines(name, *values), tmp_path) is None
