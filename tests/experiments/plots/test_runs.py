"""Figures of runs, of what features are used for, and of theory."""

import numpy as np
import pytest

from keras_pod.experiments.plots.runs import (
    accuracy_by_norm,
    energy_curves,
    epoch_curves,
    histogram,
    training_curves,
    weight_norms,
)
from keras_pod.experiments.plots.theory import gradient_curves, rbf_curves

RNG = np.random.default_rng(0)


def test_the_picture_that_a_run_ends_with():
    names = ("loss", "accuracy", "val_loss", "val_accuracy", "feature_norm", "delta")
    rows = [dict.fromkeys(names, 0.5) | {"epoch": e} for e in (1, 2, 3)]
    rows[1]["val_accuracy"] = None
    training, held_out = training_curves(rows, "pod on digits", "test").axes[0].lines
    assert (training.get_label(), held_out.get_label()) == ("training", "test")
    # Epochs without a validation leave no gap.
    assert list(training.get_xdata()) == [1, 2, 3]
    assert list(held_out.get_xdata()) == [1, 3]


def test_runs_of_a_method_share_a_look():
    curves = {"a": [[1, 2, 3], [2, np.nan, 4]], "none": [], "b": [[5]]}
    figure = epoch_curves(curves, "accuracy")
    lines = figure.axes[0].lines
    assert [list(line.get_xdata()) for line in lines] == [[1, 2, 3], [1, 2, 3], [1]]
    np.testing.assert_array_equal(lines[1].get_ydata(), [2, np.nan, 4])
    colours = [line.get_color() for line in lines]
    assert colours[0] == colours[1] != colours[2]
    # A single epoch is a dot: a line of one point cannot be seen.
    assert lines[2].get_marker() == "o"
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]


def test_accuracy_by_norm():
    norms = [5.0, 1.0, 4.0, 2.0, 3.0, 6.0]
    right = [True, False, True, False, True, True]
    (line,) = accuracy_by_norm({"a": norms}, {"a": right}).axes[0].lines
    assert list(line.get_ydata()) == [0.0, 100.0, 100.0, 100.0, 100.0]
    (line,) = accuracy_by_norm({"a": norms[:2]}, {"a": right[:2]}).axes[0].lines
    assert np.isnan(line.get_ydata()).sum() == 3


def test_energy_is_sorted():
    line, _ = energy_curves({"a": [0.5, 2.0, 0.5, 1.0]}).axes[0].lines
    assert list(line.get_ydata()) == [2.0, 1.0, 0.5, 0.5]


def test_histograms_are_shares():
    values = {"softmax": RNG.uniform(0, 1, 500), "pod": RNG.uniform(2, 3, (50, 2))}
    softmax, pod = histogram(values, "norm").axes[0].lines
    for line, low, high in ((softmax, 0, 1), (pod, 2, 3)):
        shares = line.get_ydata()
        assert sum(shares) == pytest.approx(1)
        inside = (low < line.get_xdata()) & (line.get_xdata() < high)
        assert shares[inside].sum() > 0.9


def test_lengths_of_the_first_ten_vectors():
    figure = weight_norms({"plain": 3 * np.eye(12), "bn": np.eye(12)})
    lengths = [list(line.get_ydata()) for line in figure.axes[0].lines]
    assert lengths == [[3] * 10, [1] * 10]


def test_pulls_of_the_two_losses():
    axes = gradient_curves().axes[0]
    sine, squared = (line.get_xydata() for line in axes.lines[:2])
    assert sine[:, 1].argmax() == 180 and sine[:, 1].max() == 1
    peak = squared[squared[:, 1].argmax()]
    assert peak[0] == 120 and np.isclose(peak[1], 2.598, atol=5e-4)
    crossing = squared[np.flatnonzero(squared[1:-1, 1] > sine[1:-1, 1])[0] + 1]
    assert abs(crossing[0] - 60) <= 0.5


def test_kernels_and_probabilities():
    kernel, by_distance, by_kernel = rbf_curves().axes
    x, y = kernel.lines[2].get_data()
    np.testing.assert_allclose(y, np.exp(-x / 2))
    k, probability = by_kernel.lines[2].get_data()
    np.testing.assert_allclose(probability, np.exp(4 * k) / (np.exp(4 * k) + 9))
    assert by_distance.lines[2].get_ydata()[-1] < 0.101
