import keras
import numpy as np
import pytest
from keras import ops

from keras_pod.layers import ScaledBatchNormalization
from keras_pod.losses import CrossEntropyLoss
from tests.gradients import compare
from tests.heads import built, classifier, numpy
from tests.losses.formulas import entropy

Z = np.array([[1, 2, 5], [3, 2.5, 5], [5, 0, 5]], "float32")  # the last is constant


def reference(z, scale, epsilon):
    z = np.asarray(z, "float64")
    return scale * (z - z.mean(0)) / np.sqrt(z.var(0) + epsilon)


def test_gradient():
    weights = np.array([[1.0, -2, 1], [0.5, 3, -1], [2, 0, 4]])

    def function(z):
        return np.sum(weights * reference(z, 0.8, 1e-2))

    def run(z):
        # Built inside: compiled JAX code may only move weights that it made itself.
        with keras.StatelessScope():
            layer = built(ScaledBatchNormalization(scale=0.8, epsilon=1e-2), 3)
            scores = layer(z, training=True)
        return ops.sum(ops.cast(weights, "float32") * scores)

    compare(run, function, Z, rtol=1e-4, slopes=(1e-3, 1e-5))


@pytest.mark.parametrize("eager", [False, True])
def test_moving_statistics_in_fit(eager):
    layer = ScaledBatchNormalization(scale=0.9, momentum=0.75, epsilon=1e-3)
    model = classifier(layer, CrossEntropyLoss(), run_eagerly=eager)
    x = np.random.default_rng(0).normal(2.0, 3.0, size=(6, 3)).astype("float32")
    y = np.arange(6) % 3
    loss = model.fit(x, y, batch_size=6, epochs=2, verbose=0).history["loss"]
    scores = reference(x, 0.9, 1e-3)
    np.testing.assert_allclose(loss, entropy(scores, np.eye(3)[y]).mean(), rtol=1e-5)
    kept = 0.75**2
    mean, variance = (1 - kept) * x.mean(0), kept + (1 - kept) * x.var(0)
    np.testing.assert_allclose(numpy(layer.moving_mean), mean, rtol=1e-5)
    np.testing.assert_allclose(numpy(layer.moving_variance), variance, rtol=1e-5)
    scores = model.predict(x, verbose=0)["logits"]
    expected = 0.9 * (x - mean) / np.sqrt(variance + 1e-3)
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-5)


def test_a_batch_of_one_uses_the_moving_statistics():
    layer = ScaledBatchNormalization()
    scores = keras.Sequential([keras.layers.Dense(3), layer])
    model = classifier(scores, CrossEntropyLoss(), lr=0.1)
    layer.moving_mean.assign([1.0, 2.0, 3.0])
    before = numpy(scores.layers[0].kernel)
    model.fit(np.ones((1, 3), "float32"), np.array([1]), verbose=0)
    assert np.isfinite(numpy(scores.layers[0].kernel)).all()
    assert not np.array_equal(numpy(scores.layers[0].kernel), before)
    np.testing.assert_allclose(numpy(layer.moving_mean), [1, 2, 3], rtol=1e-6)
    np.testing.assert_allclose(numpy(layer.moving_variance), 1, rtol=1e-6)
    # Scores are rows.
    with pytest.raises(ValueError, match="class scores"):
        ScaledBatchNormalization().build((None, 4, 4, 3))
