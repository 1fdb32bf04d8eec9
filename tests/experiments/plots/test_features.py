import numpy as np

from keras_pod.experiments.plots.features import scatter

RNG = np.random.default_rng(0)


def test_scatter_shows_classes_means_and_points():
    y = np.arange(90) % 3
    x = np.eye(3)[y][:, :2] + 0.1 * RNG.normal(size=(90, 2))
    axes = scatter(x, y, ["a", "b", "c"], points=np.eye(3)[:, :2]).axes[0]
    labels = [line.get_label() for line in axes.lines]
    assert labels == ["a", "b", "c", "class mean", "class vector"]
    np.testing.assert_allclose(axes.lines[0].get_xydata(), x[y == 0])
    means = [x[y == c].mean(axis=0) for c in range(3)]
    np.testing.assert_allclose(axes.lines[3].get_xydata(), means)


def test_no_two_of_twenty_classes_look_alike():
    y = np.arange(20)
    drawn = scatter(RNG.normal(size=(20, 2)), y, list(map(str, y))).axes[0].lines[:20]
    assert len({(line.get_color(), line.get_marker()) for line in drawn}) == 20
