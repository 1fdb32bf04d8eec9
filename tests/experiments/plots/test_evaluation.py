import numpy as np

from keras_pod.evaluation import reliability, verify
from keras_pod.experiments.plots.evaluation import reliability_diagram, roc_curve


def test_roc_has_the_points_that_pairs_are_enough_for():
    rng = np.random.default_rng(0)
    same = np.arange(200) % 2 == 0
    found = verify(rng.normal(size=200) + same, same, rates=(0.5, 0.1, 0.01, 1e-4))
    line = roc_curve(found.operating).axes[0].lines[0]
    np.testing.assert_allclose(line.get_xdata(), [0.01, 0.1, 0.5])
    expected = [point.tar for point in found.operating[2::-1]]
    np.testing.assert_allclose(line.get_ydata(), expected)


def test_reliability_has_the_bins_that_are_not_empty():
    p = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8]])
    found = {"a": reliability(p, [0, 0, 0], bins=2), "b": reliability(p, [0, 0, 1])}
    axes = reliability_diagram(found).axes[0]
    np.testing.assert_allclose(axes.lines[1].get_xdata(), [2.5 / 3])
    np.testing.assert_allclose(axes.lines[1].get_ydata(), [2 / 3])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]
