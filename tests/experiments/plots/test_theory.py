import numpy as np

from keras_pod.experiments.plots.theory import gradient_curves, rbf_curves


def test_pulls_of_the_two_losses():
    axes = gradient_curves().axes[0]
    sine, squared = (line.get_xydata() for line in axes.lines[:2])
    assert sine[:, 1].argmax() == 180 and sine[:, 1].max() == 1
    peak = squared[squared[:, 1].argmax()]
    assert peak[0] == 120 and np.isclose(peak[1], 2.598, atol=5e-4)
    crossing = squared[np.flatnonzero(squared[1:-1, 1] > sine[1:-1, 1])[0] + 1]
    assert abs(crossing[0] - 60) <= 0.5


def test_kernels_and_probabilities():
    figure = rbf_curves()
    kernel, by_distance, by_kernel = figure.axes
    x, y = kernel.lines[2].get_data()
    np.testing.assert_allclose(y, np.exp(-x / 2))
    k, probability = by_kernel.lines[2].get_data()
    np.testing.assert_allclose(probability, np.exp(4 * k) / (np.exp(4 * k) + 9))
    assert by_distance.lines[2].get_ydata()[-1] < 0.101
