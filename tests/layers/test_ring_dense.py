import keras
import numpy as np
import pytest

from keras_pod import Classifier
from keras_pod.layers import RingDense
from keras_pod.losses import RingLoss
from tests import oracles
from tests.heads import built, numpy

X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
Y = np.array([0, 2, 2, 0, 1, 2])
NORMS = np.linalg.norm(X.astype("float64"), axis=1)


@pytest.mark.parametrize("eager", [False, True])
def test_the_first_step_already_has_the_first_batchs_radius(eager):
    inputs = keras.Input((3,))
    dense = keras.layers.Dense(3, use_bias=False, kernel_initializer="identity")
    features, head = dense(inputs), RingDense(3)
    model = Classifier(inputs, {"logits": head(features), "features": features})
    loss = {"features": RingLoss(weight=0.1)}
    model.compile(keras.optimizers.SGD(1.0), loss, run_eagerly=eager)

    def reference(kernel):
        norms = np.linalg.norm(X @ kernel, axis=1)
        return 0.1 / 2 * np.mean((norms - NORMS.mean()) ** 2)

    history = model.fit(X, Y, batch_size=6, verbose=0).history
    np.testing.assert_allclose(history["loss"][0], reference(np.eye(3)), rtol=1e-4)
    expected = np.eye(3) - oracles.numeric_gradient(reference, np.eye(3))
    np.testing.assert_allclose(numpy(dense.kernel), expected, rtol=1e-4, atol=1e-6)
    # Where it is the mean norm the radius itself does not move.
    np.testing.assert_allclose(float(head.radius), NORMS.mean(), rtol=1e-5)
    assert abs(float(head.radius_offset)) < 1e-6
    # Later batches leave where it began alone; the loss moves it.
    dense.trainable = False
    dense.kernel.assign(2 * np.eye(3))
    model.compile(keras.optimizers.SGD(2.0), loss, run_eagerly=eager)
    model.fit(X, Y, batch_size=6, verbose=0)
    np.testing.assert_allclose(float(head.initial_radius), NORMS.mean(), rtol=1e-5)
    expected = NORMS.mean() + 2.0 * 0.1 * np.mean(2 * NORMS - NORMS.mean())
    np.testing.assert_allclose(float(head.radius), expected, rtol=1e-5)


def test_a_given_radius():
    head = built(RingDense(3, radius=7.0), 3)
    head.update_from_batch(Y, X)
    assert float(head.radius) == 7
    for labels in (Y, Y[:, None], np.eye(3)[Y]):
        assert numpy(head.feature_targets(labels)).tolist() == [[7.0]] * 6
