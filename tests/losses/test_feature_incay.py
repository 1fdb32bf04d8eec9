import keras
import numpy as np
import pytest

from keras_pod.losses import FeatureIncayLoss
from tests import oracles
from tests.gradients import value_and_gradient

X = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
X[0] = 0


@pytest.mark.parametrize(("power", "epsilon"), [(2.0, 1.0), (1.0, 0.1)])
def test_value_and_gradient(power, epsilon):
    loss = FeatureIncayLoss(0.3, power, epsilon)

    def reference(x):
        norms = np.sqrt(np.sum(x**2, axis=1) + epsilon)
        return 0.3 * np.mean(1 / norms**power)

    value, gradient = value_and_gradient(lambda x: loss(X, x), X)
    np.testing.assert_allclose(value, reference(X.astype("float64")), rtol=1e-5)
    expected = oracles.numeric_gradient(reference, X)
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-6)
    assert not gradient[0].any()


def test_small_features_are_pushed_most():
    x = np.array([[1.0, 0], [2, 0], [4, 0]], "float32")
    _, gradient = value_and_gradient(lambda x: FeatureIncayLoss()(x, x), x)
    push = -gradient[:, 0]
    assert push[0] > push[1] > push[2] > 0


def test_config_and_arguments():
    loss = FeatureIncayLoss(0.3, 1.0, 0.1, dtype="float64")
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert again.get_config() == loss.get_config()
    for options in ({"power": 0}, {"epsilon": 0}, {"weight": -1}):
        with pytest.raises(ValueError, match=next(iter(options))):
            FeatureIncayLoss(**options)
