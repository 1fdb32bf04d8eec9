import numpy as np

from keras_pod.experiments.plots.features import scatter

RNG = np.random.default_rng(0)


def test_scatter_shows_classes_means_and_points():
    y = np.arange(90) % 3
    x = np.eye(3)[y][:, :2] + 0.1 * RNG.normal(size=(90, 2))
    shown = {"with": (x, y, np.eye(3)[:, :2]), "without": (x, y, None)}
    first, second = scatter(shown, ["a", "b", "c"]).axes
    assert (first.get_title(), second.get_title()) == ("with", "without")
    labels = [line.get_label() for line in first.lines]
    assert labels == ["a", "b", "c", "class mean", "class vector"]
    assert [line.get_label() for line in second.lines] == labels[:-1]
    means = [x[y == c].mean(axis=0) for c in range(3)]
    np.testing.assert_allclose(first.lines[3].get_xydata(), means)
