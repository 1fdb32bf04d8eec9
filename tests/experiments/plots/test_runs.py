import numpy as np

from keras_pod.experiments.plots.figure_data import drawn_data
from keras_pod.experiments.plots.matrices import similarity_maps
from keras_pod.experiments.plots.runs import (
    accuracy_by_norm,
    energy_curves,
    epoch_curves,
)


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
    figure = accuracy_by_norm({"a": norms}, {"a": right}, parts=3)
    (line,) = figure.axes[0].lines
    assert line.get_ydata().tolist() == [0.0, 100.0, 100.0]
    figure = accuracy_by_norm({"a": norms[:2]}, {"a": right[:2]}, parts=3)
    assert np.isnan(figure.axes[0].lines[0].get_ydata()).sum() == 1


def test_energy_is_sorted():
    figure = energy_curves({"a": [0.5, 2.0, 0.5, 1.0]})
    assert figure.axes[0].lines[0].get_ydata().tolist() == [2.0, 1.0, 0.5, 0.5]


def test_maps_name_their_classes():
    groups, names = [1, 0, 1], ["x", "y", "z"]
    figure = similarity_maps({"a": np.eye(3)}, groups, names)
    axes = figure.axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["y", "x", "z"]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["y", "x", "z"]


def test_drawn_is_what_the_figure_shows():
    figure = epoch_curves({"a": [[1.0, 2.0], [3.0, np.nan]]}, "loss")
    assert drawn_data(figure) == [
        {"kind": "line", "label": "a", "x": [1, 2], "y": [1, 2]},
        {"kind": "line", "label": "", "x": [1, 2], "y": [3, None]},
    ]
    (image,) = drawn_data(similarity_maps({"a": np.full((2, 2), 0.25)}))
    assert image == {
        "kind": "image",
        "label": "a",
        "rows": [[None, 0.25], [0.25, None]],
    }


def test_drawn_bars_and_steps():
    from keras_pod.experiments.plots.features import norm_histogram, weight_norms

    bars = drawn_data(weight_norms({"a": [[3.0, 4.0], [0.0, 1.0]]}))
    assert [(b["kind"], b["label"], b["y"]) for b in bars] == [("bars", "a", [5, 1])]
    np.testing.assert_allclose(bars[0]["x"], [0, 1], atol=1e-12)
    (steps,) = drawn_data(norm_histogram({"a": np.linspace(0, 1, 100)}))
    assert steps["kind"] == "steps" and sum(steps["values"]) > 0.999
    assert len(steps["edges"]) == len(steps["values"]) + 1
