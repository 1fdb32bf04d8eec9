import numpy as np

from keras_pod.losses import CrossEntropyLoss
from tests import oracles
from tests.gradients import value_and_gradient

Z = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
Y = np.array([0, 3, 1, 2, 2, 0])


def reference(z, rows):
    z = np.asarray(z, "float64")
    log_sum = np.log(np.exp(z - z.max(1, keepdims=True)).sum(1)) + z.max(1)
    return np.mean(rows.sum(1) * log_sum - (rows * z).sum(1))


def test_every_form_of_labels():
    rows = np.eye(4)[Y]
    soft = 0.8 * rows + 0.05
    for given, weights in ((Y, rows), (Y[:, None], rows), (rows, rows), (soft, soft)):
        found = float(CrossEntropyLoss()(given, Z))
        np.testing.assert_allclose(found, reference(Z, weights), rtol=1e-6)


def test_a_scale():
    for scale in (0.1, 30.0):
        value, gradient = value_and_gradient(lambda z: CrossEntropyLoss(scale)(Y, z), Z)  # noqa: B023

        def expected(z):
            return reference(scale * z, np.eye(4)[Y])  # noqa: B023

        np.testing.assert_allclose(value, expected(Z.astype("float64")), rtol=1e-5)
        slopes = oracles.numeric_gradient(expected, Z)
        np.testing.assert_allclose(gradient, slopes, rtol=1e-3, atol=1e-6)


def test_check_value_and_large_scores():
    # docs/papers.md, 2.27
    loss = CrossEntropyLoss()(np.array([2]), np.array([[1.0, 1.0, 2.0]]))
    np.testing.assert_allclose(np.exp(-float(loss)), 0.576117, rtol=1e-5)
    # The differences of float32 scores near 1e4 survive.
    large = np.array([[10000.0, 10001.0]], "float32")
    loss = float(CrossEntropyLoss()(np.array([1]), large))
    np.testing.assert_allclose(loss, np.log1p(np.exp(-1)), rtol=1e-5)


def test_gradient_is_probability_minus_label():
    soft = 0.7 * np.eye(4)[Y] + 0.3 * np.eye(4)[Y[::-1]]
    _, gradient = value_and_gradient(lambda z: CrossEntropyLoss()(soft, z), Z)
    expected = oracles.numeric_gradient(lambda z: reference(z, soft), Z)
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-6)


def test_an_unknown_label_is_seen():
    assert np.isnan(float(CrossEntropyLoss()(Y + 1, Z)))
