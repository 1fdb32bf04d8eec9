import numpy as np
import pytest

from keras_pod.experiments.plots.runs import (
    accuracy_by_norm,
    energy_curves,
    epoch_curves,
    histogram,
    weight_norms,
)

RNG = np.random.default_rng(0)


def test_runs_of_a_method_share_a_look():
    curves = {"a": [[1, 2, 3], [2, 3, 4]], "none": [], "b": [[5]]}
    figure = epoch_curves(curves, "accuracy")
    lines = figure.axes[0].lines
    assert [line.get_ydata().tolist() for line in lines] == [[1, 2, 3], [2, 3, 4], [5]]
    colours = [line.get_color() for line in lines]
    assert colours[0] == colours[1] != colours[2]
    # The same as in figures that show all methods.
    everyone = epoch_curves({name: [[1, 2]] for name in curves}, "loss")
    assert colours[2] == everyone.axes[0].lines[2].get_color()
    # A single epoch is a dot: a line of one point cannot be seen.
    assert lines[2].get_marker() == "o"
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]


def test_accuracy_by_norm():
    norms = [5.0, 1.0, 4.0, 2.0, 3.0, 6.0]
    right = [True, False, True, False, True, True]
    (line,) = accuracy_by_norm({"a": norms}, {"a": right}).axes[0].lines
    assert line.get_ydata().tolist() == [0.0, 100.0, 100.0, 100.0, 100.0]
    (line,) = accuracy_by_norm({"a": norms[:2]}, {"a": right[:2]}).axes[0].lines
    assert np.isnan(line.get_ydata()).sum() == 3


def test_energy_is_sorted():
    figure = energy_curves({"a": [0.5, 2.0, 0.5, 1.0]})
    assert figure.axes[0].lines[0].get_ydata().tolist() == [2.0, 1.0, 0.5, 0.5]


def test_histograms_are_shares():
    values = {"softmax": RNG.uniform(0, 1, 500), "pod": RNG.uniform(2, 3, (50, 2))}
    patches = histogram(values, "norm").axes[0].patches
    assert [p.get_data().values.sum() for p in patches] == pytest.approx([1, 1])


def test_bars_stand_side_by_side():
    axes = weight_norms({"plain": 3 * np.eye(12), "bn": np.eye(12)}).axes[0]
    assert len(axes.patches) == 20
    assert [bar.get_height() for bar in axes.containers[0]] == [3] * 10
    assert axes.containers[0][0].get_x() < axes.containers[1][0].get_x()
