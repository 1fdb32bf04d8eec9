import numpy as np

from keras_pod.losses import RingLoss
from tests.gradients import compare, value_and_gradient

X = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")


def test_value_and_gradient():
    def reference(x):
        return 0.2 / 2 * np.mean((np.linalg.norm(x, axis=1) - 1.5) ** 2)

    radius = np.full((5, 1), 1.5)
    compare(lambda x: RingLoss(0.2)(radius, x), reference, X)


def test_a_radius_that_is_not_set_is_the_mean_norm_of_the_batch():
    mean = np.linalg.norm(X, axis=1).mean()
    expected = value_and_gradient(lambda x: RingLoss(0.2)(np.full((5, 1), mean), x), X)
    found = value_and_gradient(lambda x: RingLoss(0.2)(np.zeros((5, 1)), x), X)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_zero_feature_and_radius_equal_to_the_norm():
    x = np.array([[0.0, 0, 0], [0, 3, 4]], "float32")
    value, gradient = value_and_gradient(
        lambda x: RingLoss(1.0)(np.array([[2.0], [5.0]]), x), x
    )
    assert value == 1  # half the mean of 4 and 0
    assert not gradient.any()
