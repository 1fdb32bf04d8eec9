import numpy as np

from keras_pod.layers import PEDCC
from keras_pod.losses.cosine_mse import CosineMSELoss
from tests.gradients import value_and_gradient
from tests.heads import built, numpy
from tests.oracles import simplex


def test_check_values():
    # docs/papers.md, 2.28
    loss = CosineMSELoss(reduction="none", dtype="float64")
    scores = np.array([[0.6, -0.6]])
    np.testing.assert_allclose(numpy(loss(np.array([0]), scores)), [0.4], rtol=1e-6)
    soft = np.array([[0.25, 0.75]])
    np.testing.assert_allclose(numpy(loss(soft, scores)), [1.3], rtol=1e-6)


def test_is_half_the_squared_distance():
    # docs/papers.md, 2.3, eq 6 and 8
    x = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
    y = np.arange(6) % 4
    centroids = simplex(4, 5)
    head = built(PEDCC(4, alpha=None, centroids=centroids), 5)
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    expected = np.mean(np.sum((unit - centroids[y]) ** 2, axis=1)) / 2
    np.testing.assert_allclose(float(CosineMSELoss()(y, head(x))), expected, rtol=1e-5)


def test_slope_is_the_sine():
    # docs/papers.md, 2.3: at its largest at 90 degrees, and falling beyond.
    centroids = np.array([[1.0, 0], [-1.0, 0]])
    head = built(PEDCC(2, alpha=None, centroids=centroids), 2)
    theta = np.array([0, 0.4, np.pi / 2, 2.5, np.pi, 0])
    x = np.stack([np.cos(theta), np.sin(theta)], axis=1)
    x[5] = 0
    loss = CosineMSELoss(reduction="sum")
    _, gradient = value_and_gradient(
        lambda x: loss(np.zeros(6, "int32"), head(x)), x.astype("float32")
    )
    slope = np.sum(gradient * np.stack([-x[:, 1], x[:, 0]], axis=1), axis=1)
    np.testing.assert_allclose(slope, [*np.sin(theta[:5]), 0], atol=1e-6)
