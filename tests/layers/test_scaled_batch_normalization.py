import keras
import numpy as np
import pytest
from keras import ops

from keras_pod import Classifier
from keras_pod.layers import ScaledBatchNormalization
from keras_pod.losses import CrossEntropyLoss
from tests.gradients import compare
from tests.heads import built, numpy

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
    inputs = keras.Input((3,))
    layer = ScaledBatchNormalization(scale=0.9, momentum=0.75, epsilon=1e-3)
    model = Classifier(inputs, {"logits": layer(inputs), "features": inputs})
    model.compile(keras.optimizers.SGD(0.0), CrossEntropyLoss(), run_eagerly=eager)
    x = np.random.default_rng(0).normal(2.0, 3.0, size=(6, 3)).astype("float32")
    y = np.arange(6) % 3
    loss = model.fit(x, y, batch_size=6, epochs=2, verbose=0).history["loss"]
    scores = reference(x, 0.9, 1e-3)
    expected = np.mean(np.log(np.exp(scores).sum(1)) - scores[np.arange(6), y])
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    kept = 0.75**2
    mean, variance = (1 - kept) * x.mean(0), kept + (1 - kept) * x.var(0)
    np.testing.assert_allclose(numpy(layer.moving_mean), mean, rtol=1e-5)
    np.testing.assert_allclose(numpy(layer.moving_variance), variance, rtol=1e-5)
    scores = model.predict(x, verbose=0)["logits"]
    expected = 0.9 * (x - mean) / np.sqrt(variance + 1e-3)
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-5)


def test_a_batch_of_one_uses_the_moving_statistics():
    inputs = keras.Input((3,))
    layer = ScaledBatchNormalization()
    scores = layer(keras.layers.Dense(3)(inputs))
    model = Classifier(inputs, {"logits": scores, "features": inputs})
    model.compile(keras.optimizers.SGD(0.1), CrossEntropyLoss())
    layer.moving_mean.assign([1.0, 2.0, 3.0])
    before = numpy(model.layers[1].kernel)
    model.fit(np.ones((1, 3), "float32"), np.array([1]), verbose=0)
    assert np.isfinite(numpy(model.layers[1].kernel)).all()
    assert not np.array_equal(numpy(model.layers[1].kernel), before)
    np.testing.assert_allclose(numpy(layer.moving_mean), [1, 2, 3], rtol=1e-6)
    np.testing.assert_allclose(numpy(layer.moving_variance), 1, rtol=1e-6)


def test_other_scores_are_refused():
    with pytest.raises(ValueError, match="class scores"):
        ScaledBatchNormalization().build((None, 4, 4, 3))
