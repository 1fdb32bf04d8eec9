"""The picture of a search: which one, and what it shows."""

import itertools

import pytest

from keras_pod.experiments.plots.tuning import search_picture


def rows(**values):
    """A row for every combination."""
    found = []
    for i, combination in enumerate(itertools.product(*values.values())):
        row = dict(zip(values, combination, strict=True))
        row |= {"accuracy_last": 0.5 + i / 100, "loss_last": i, "val_loss_last": i + 1}
        found.append(row)
    return found


def test_over_one():
    figure = search_picture(rows(lam=[100.0, 0.01, 1.0]), ["lam"], "title")
    loss, accuracy = figure.axes
    training, held_out = loss.lines
    # Rising lambda, each with its own loss, by its logarithm.
    assert list(training.get_xdata()) == [0.01, 1, 100]
    assert loss.get_xscale() == accuracy.get_xscale() == "log"
    assert list(training.get_ydata()) == [1, 2, 0]
    assert list(held_out.get_ydata()) == [2, 3, 1]
    assert accuracy.lines[0].get_ydata() == pytest.approx([51, 52, 50])
    assert "lam" in loss.get_xlabel()


def test_over_two():
    found = rows(alpha=[0.0, 1e-4, 0.1], lam=[0.01, 1.0, 100.0])
    figure = search_picture(found, ["alpha", "lam"], "title")
    axes, points = figure.axes[0], figure.axes[0].collections[0]
    assert points.get_offsets()[5].tolist() == [1e-4, 100]
    assert points.get_array().tolist() == pytest.approx(list(range(50, 59)))
    assert (axes.get_xscale(), axes.get_yscale()) == ("symlog", "log")


def test_over_many():
    values = {"alpha": [0.0, 0.1], "schedule": ["cosine", "step"], "dim": [8, 9, 10]}
    figure = search_picture(rows(**values), list(values), "title")
    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 4]
    assert len(lines) == 12
    assert list(lines[-1].get_ydata()) == [1, 1, 1, 1]
    assert max(lines, key=lambda line: line.get_linewidth()) is lines[-1]


def test_one_far_below_hides_nothing():
    found = rows(alpha=[0.0, 0.1], lam=[1.0, 2.0, 3.0], dim=[8, 9])
    found[3]["accuracy_last"] = 0.1
    axes = search_picture(found, ["alpha", "lam", "dim"], "title").axes[0]
    lines = [line for line in axes.lines if len(line.get_xdata()) == 4]
    ends = [line.get_ydata()[-1] for line in lines]
    assert ends[0] == 0 and ends[-1] == 1 and min(ends[1:]) > 0.1
    assert any("or less" in text.get_text() for text in axes.texts)


def test_nothing_varied():
    found = rows(alpha=[0.1], lam=[1.0])
    assert search_picture(found, ["alpha", "lam"], "title").axes


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ([1, 2, 3], [0, 0.5, 1]),
        ([0.1, 1.0, 1000.0], [0, 0.25, 1]),
        # Zero is half a decade below the least of the others.
        ([0.0, 0.1, 10.0], [0, 0.2, 1]),
        (["b", "c", "a"], [0.5, 1, 0]),
        ([-1.0, 100.0], [0, 1]),
    ],
)
def test_places_in_parallel_coordinates(values, places):
    found = rows(first=values, second=["x", "y"], third=["x", "y"])
    axes = search_picture(found, ["first", "second", "third"], "title").axes[0]
    lines = [line.get_ydata()[0] for line in axes.lines if len(line.get_ydata()) == 4]
    assert lines[::4] == pytest.approx(places)
    labels = {text.get_text() for text in axes.texts}
    assert {v if isinstance(v, str) else f"{v:g}" for v in values} <= labels


def test_of_many_values_five_are_labelled():
    found = rows(first=[1.0 + i for i in range(20)], second=["x"], third=["x"])
    found += [row | {"second": "y"} for row in found]
    axes = search_picture(found, ["first", "second"], "title").axes[0]
    labels = [text.get_text() for text in axes.texts if text.get_position()[0] < 0.5]
    assert labels == ["1", "2.115", "4.472", "9.457", "20"]
