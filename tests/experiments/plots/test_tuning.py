"""The picture of a search, and what it shows."""

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
    accuracy, loss = figure.axes
    assert accuracy.lines[0].get_ydata() == pytest.approx([50, 51, 52])
    training, held_out = loss.lines
    # Rising lambda, each with its own loss, by its logarithm.
    assert list(training.get_xdata()) == [0.01, 1, 100]
    assert loss.get_xscale() == accuracy.get_xscale() == "log"
    assert list(training.get_ydata()) == [1, 2, 0]
    assert list(held_out.get_ydata()) == [2, 3, 1]
    assert "lam" in loss.get_xlabel()


def test_over_many():
    values = {"alpha": [0.0, 1e-4, 0.1], "schedule": ["cosine", "step"], "dim": [8, 9]}
    figure = search_picture(rows(**values, loss=["pod"]), [*values, "loss"], "title")
    assert [axes.get_xlabel() for axes in figure.axes] == list(values)
    scales = [axes.get_xscale() for axes in figure.axes]
    assert scales[0] == "symlog" and scales[2] == "linear"
    for axes, own in zip(figure.axes, values.values(), strict=True):
        trials, best = axes.lines
        assert list(best.get_xdata()) == own[-1:]
        assert list(best.get_ydata()) == [61]
        assert sorted(trials.get_ydata()) == pytest.approx(list(range(50, 62)))


@pytest.mark.parametrize("word", ["auto", None])
def test_a_word_among_numbers_is_a_line_across(word):
    figure = search_picture(rows(scale=[2.0, word, 64.0]), ["scale"], "title")
    [axes] = figure.axes
    trials, best, across = axes.lines
    assert list(trials.get_xdata()) == [2, 64] and axes.get_xscale() == "log"
    assert list(best.get_xdata()) == [64]
    assert list(across.get_ydata()) == [51, 51] and across.get_label() == str(word)
    [axes] = search_picture(rows(scale=[2.0, 4.0, word]), ["scale"], "title").axes
    assert len(axes.lines) == 2


def test_one_far_below_hides_nothing():
    found = rows(alpha=[0.0, 0.1], lam=[1.0, 2.0, 3.0])
    found[3]["accuracy_last"] = 0.1
    low, high = search_picture(found, ["alpha", "lam"], "title").axes[0].get_ylim()
    assert 10 < low < 50 and high > 55


@pytest.mark.parametrize("value", [1.0, "cosine"])
def test_nothing_varied(value):
    assert search_picture(rows(alpha=[value], lam=[1.0]), ["alpha", "lam"], "t").axes
