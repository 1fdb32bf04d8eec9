import keras
import numpy as np
import pytest

from keras_pod.layers import AngularDense, CenterDense
from keras_pod.losses import FeatureIncayLoss, feature_incay
from tests import heads
from tests.gradients import compare, value_and_gradient

X = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
X[0] = 0


@pytest.mark.parametrize(("power", "epsilon"), [(2.0, 1.0), (1.0, 0.1)])
def test_value_and_gradient(power, epsilon):
    def reference(x):
        norms = np.sqrt(np.sum(x**2, axis=1) + epsilon)
        return 0.3 * np.mean(1 / norms**power)

    loss = FeatureIncayLoss(0.3, power, epsilon)
    gradient = compare(lambda x: loss(X, x), reference, X)
    assert not gradient[0].any()


def test_small_features_are_pushed_most():
    x = np.array([[1.0, 0], [2, 0], [4, 0]], "float32")
    _, gradient = value_and_gradient(lambda x: FeatureIncayLoss()(x, x), x)
    push = -gradient[:, 0]
    assert push[0] > push[1] > push[2] > 0


def test_the_misclassified_are_left_out():
    right = np.array([[1.0], [0.0], [1.0], [0.0]], "float32")
    loss = FeatureIncayLoss(0.3, correct_only=True)
    value, gradient = value_and_gradient(lambda x: loss(right, x), X)
    # Divided by all four samples.
    expected = 0.3 * (1 + 1 / (1 + np.sum(X[2].astype("float64") ** 2))) / 4
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    assert gradient[2].all()
    assert not gradient[[1, 3]].any()


@pytest.mark.parametrize(
    "make",
    [lambda: keras.layers.Dense(3), lambda: CenterDense(3), lambda: AngularDense(3)],
    ids=["plain", "with targets of its own", "with a margin"],
)
def test_the_model_says_what_is_right(make):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(30, 3)).astype("float32")
    head = make()
    model = heads.classifier(head, feature_incay(weight=0.5))
    y = rng.integers(3, size=30)
    right = heads.numpy(head(x)).argmax(1) == y
    assert 0 < right.sum() < 30
    expected = 0.5 * np.mean(right / (1 + np.sum(x.astype("float64") ** 2, axis=1)))
    for labels in (y, y[:, None], 0.4 * np.eye(3)[y] + 0.2):
        # In training too the scores count as they are, without their margin.
        for found in (
            model.evaluate(x, labels, batch_size=30, verbose=0, return_dict=True),
            model.train_on_batch(x, labels, return_dict=True),
        ):
            np.testing.assert_allclose(found["features_loss"], expected, rtol=1e-5)
    found = model.train_on_batch(x[:2], np.array([0, 3]), return_dict=True)
    assert np.isnan(found["features_loss"])
