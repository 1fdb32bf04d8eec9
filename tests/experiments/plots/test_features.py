import numpy as np
import pytest
from PIL import Image

from keras_pod.core.errors import InputError
from keras_pod.experiments.plots.features import (
    animate,
    logit_histogram,
    norm_histogram,
    scatter,
    weight_norms,
)

RNG = np.random.default_rng(0)


def test_scatter_shows_classes_means_and_points():
    y = np.arange(90) % 3
    x = np.eye(3)[y][:, :2] + 0.1 * RNG.normal(size=(90, 2))
    figure = scatter(x, y, ["a", "b", "c"], points=np.eye(3)[:, :2], title="t")
    axes = figure.axes[0]
    labels = [line.get_label() for line in axes.lines]
    assert labels == ["a", "b", "c", "class mean", "class vector"]
    np.testing.assert_allclose(axes.lines[0].get_xydata(), x[y == 0])
    means = [x[y == c].mean(axis=0) for c in range(3)]
    np.testing.assert_allclose(axes.lines[3].get_xydata(), means)
    markers = {line.get_marker() for line in axes.lines[:3]}
    assert len(markers) == 3


def test_animation_has_a_frame_an_epoch(tmp_path):
    y = np.arange(12) % 2
    frames = [RNG.normal(size=(12, 2)) for _ in range(3)]
    animate(frames, y, ["a", "b"], tmp_path / "epochs.gif")
    with Image.open(tmp_path / "epochs.gif") as movie:
        assert movie.n_frames == 3


def test_no_two_of_twenty_classes_look_alike():
    y = np.arange(20)
    figure = scatter(RNG.normal(size=(20, 2)), y, [str(c) for c in y])
    drawn = figure.axes[0].lines[:20]
    assert len({(line.get_color(), line.get_marker()) for line in drawn}) == 20


def test_histograms_are_shares():
    norms = {"softmax": RNG.uniform(0, 1, 500), "pod": RNG.uniform(2, 3, 100)}
    patches = norm_histogram(norms).axes[0].patches
    for patch in patches:
        assert patch.get_data().values.sum() == pytest.approx(1)
    scores = {"plain": RNG.normal(size=(50, 3)), "bn": RNG.normal(size=(50, 3))}
    assert len(logit_histogram(scores).axes[0].patches) == 2


def test_bars_stand_side_by_side():
    weights = {"plain": 3 * np.eye(12), "bn": np.eye(12)}
    axes = weight_norms(weights).axes[0]
    assert len(axes.patches) == 20
    assert [bar.get_height() for bar in axes.containers[0]] == [3] * 10
    assert axes.containers[0][0].get_x() < axes.containers[1][0].get_x()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: scatter([[1.0]], [0], ["a"]), r"shape \(N, 2\)"),
        (lambda: scatter([[1.0, 2.0]], [1], ["a"]), "from 0 to 0"),
        (lambda: animate([], [], [], None), "`frames`"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(InputError, match=message):
        call()
