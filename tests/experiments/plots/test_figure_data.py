import numpy as np
import pytest
from matplotlib.figure import Figure

from keras_pod.experiments.plots.figure_data import drawn_data
from keras_pod.experiments.plots.runs import epoch_curves, histogram, weight_norms


def test_lines_and_images():
    figure = epoch_curves({"a": [[1.0, 2.0], [3.0, np.nan]]}, "loss")
    assert drawn_data(figure) == [
        {"kind": "line", "label": "a", "x": [1, 2], "y": [1, 2]},
        {"kind": "line", "label": "", "x": [1, 2], "y": [3, None]},
    ]
    axes = Figure().subplots()
    axes.set_title("a")
    axes.imshow(np.ma.masked_invalid([[np.nan, 0.25], [0.25, np.nan]]))
    rows = [[None, 0.25], [0.25, None]]
    assert drawn_data(axes.figure) == [{"kind": "image", "label": "a", "rows": rows}]


def test_bars_and_steps():
    bars = drawn_data(weight_norms({"a": [[3.0, 4.0], [0.0, 1.0]]}))
    assert [(b["kind"], b["label"], b["y"]) for b in bars] == [("bars", "a", [5, 1])]
    np.testing.assert_allclose(bars[0]["x"], [0, 1], atol=1e-12)
    (steps,) = drawn_data(histogram({"a": np.linspace(0, 1, 100)}, "norm"))
    assert steps["kind"] == "steps" and sum(steps["values"]) == pytest.approx(1)
    assert len(steps["edges"]) == len(steps["values"]) + 1
