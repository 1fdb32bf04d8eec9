import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.experiments.plots.matrices import setting_map, similarity_maps


def test_superclasses_are_put_together():
    m = np.arange(16.0).reshape(4, 4)
    figure = similarity_maps({"a": m, "b": 2 * m}, superclasses=[1, 0, 1, 0])
    shown = figure.axes[0].images[0].get_array()
    order = [1, 3, 0, 2]
    expected = m[np.ix_(order, order)]
    off = ~np.eye(4, dtype=bool)
    np.testing.assert_array_equal(np.asarray(shown)[off], expected[off])
    assert [axes.get_title() for axes in figure.axes[:2]] == ["a", "b"]


def test_every_setting_is_written_in_its_cell():
    accuracy = [[90.0, 91.25], [np.nan, 80.0]]
    axes = setting_map([0.01, 0.1], [1, 10], accuracy, ("alpha", "lambda")).axes[0]
    assert {text.get_text() for text in axes.texts} == {"90.00", "91.25", "80.00"}
    assert [t.get_text() for t in axes.get_yticklabels()] == ["0.01", "0.1"]
    assert axes.get_xlabel() == "lambda"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: similarity_maps({"a": np.ones((2, 3))}), r"\(k, k\) each"),
        (lambda: similarity_maps({"a": np.eye(2), "b": np.eye(3)}), r"\(k, k\) each"),
        (lambda: setting_map([1], [1, 2], [[1.0]], ("a", "b")), r"shape \(1, 2\)"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(InputError, match=message):
        call()
