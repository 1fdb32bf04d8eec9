import numpy as np

from keras_pod.experiments.plots.features import scatter

RNG = np.random.default_rng(0)


def test_scatter_shows_classes_means_and_points():
    y = np.arange(90) % 3
    x = np.eye(3)[y][:, :2] + 0.1 * RNG.normal(size=(90, 2))
    shown = {"with": (x, y, np.eye(3)[:, :2]), "without": (x, y, None)}
    figure = scatter(shown, ["a", "b", "c"])
    first, second = figure.axes
    assert (first.get_title(), second.get_title()) == ("with", "without")
    labels = [line.get_label() for line in first.lines]
    assert labels == ["a", "b", "c", "class mean", "class vector"]
    assert [line.get_label() for line in second.lines] == labels[:-1]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == labels
    means = [x[y == c].mean(axis=0) for c in range(3)]
    np.testing.assert_allclose(first.lines[3].get_xydata(), means)


def test_no_two_of_twenty_classes_look_alike():
    y = np.arange(20)
    shown = {"": (RNG.normal(size=(20, 2)), y, None)}
    drawn = scatter(shown, list(map(str, y))).axes[0].lines[:20]
    assert len({(line.get_color(), line.get_marker()) for line in drawn}) == 20
