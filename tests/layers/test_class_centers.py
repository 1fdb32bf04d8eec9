import numpy as np

from keras_pod.layers import CenterDense
from keras_pod.losses import center
from tests import heads
from tests.heads import built, numpy

K = 4
X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
Y = np.array([0, 2, 2, 0, 0, 2])  # classes 1 and 3 are absent


def moved(centers, x, rows, rate):
    """The published update, class by class and sample by sample."""
    centers = np.array(centers, "float64")
    out = centers.copy()
    for j in range(len(centers)):
        pull, count = np.zeros(centers.shape[1]), 0.0
        for i in range(len(x)):
            pull += rows[i, j] * (centers[j] - x[i])
            count += rows[i, j]
        out[j] -= rate * pull / (1 + count)
    return out


def test_centers_follow_the_batches_in_fit():
    head = CenterDense(K, center_rate=0.5, centers_initializer="ones")
    model = heads.classifier(head, center(weight=0.1), run_eagerly=False)
    model.fit(X, Y, epochs=2, batch_size=6, shuffle=False, verbose=0)
    rows = np.eye(K)[Y]
    expected = moved(moved(np.ones((K, 3)), X, rows, 0.5), X, rows, 0.5)
    np.testing.assert_allclose(numpy(head.centers), expected, rtol=1e-5)
    assert np.array_equal(numpy(head.centers)[[1, 3]], np.ones((2, 3)))
    found = model.evaluate(X, Y, verbose=0, return_dict=True)
    squares = ((X - expected[Y]) ** 2).sum(1)
    np.testing.assert_allclose(found["features_loss"], 0.05 * squares.mean(), rtol=1e-5)


def test_soft_labels():
    head = built(CenterDense(K, center_rate=0.3), 3)
    soft = 0.5 * np.eye(K)[Y] + 0.125
    head.update_from_batch(soft, X)
    expected = moved(np.zeros((K, 3)), X, soft, 0.3)
    np.testing.assert_allclose(numpy(head.centers), expected, rtol=1e-5)
    targets = numpy(head.feature_targets(soft))
    np.testing.assert_allclose(targets, soft @ expected, rtol=1e-5)
    targets = numpy(head.feature_targets(Y))
    assert np.array_equal(targets, numpy(head.centers)[Y])
    fixed = built(CenterDense(K, center_rate=0), 3)
    fixed.update_from_batch(Y, X)
    assert not numpy(fixed.centers).any()
