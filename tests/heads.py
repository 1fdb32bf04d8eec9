"""What the tests of every head with state do with it."""

import keras
import numpy as np
from keras import ops

from keras_pod import Classifier


def numpy(x):
    return np.asarray(ops.convert_to_numpy(x), "float64")


def built(head, dim):
    head.build((None, dim))
    return head


def classifier(head, loss, dim=3, lr=0.0, **options):
    """The head on raw features, so that NumPy knows every feature."""
    inputs = keras.Input((dim,))
    model = Classifier(inputs, {"logits": head(inputs), "features": inputs})
    model.compile(keras.optimizers.SGD(lr), loss=loss, **options)
    return model


def check_round_trip(head, tmp_path, dim=3):
    """Every weight survives being saved with the model."""
    for weight in head.weights:
        noise = np.random.default_rng(0).normal(size=weight.shape)
        weight.assign(numpy(weight) + 0.3 * np.abs(noise))
    inputs = keras.Input((dim,))
    keras.Model(inputs, head(inputs)).save(tmp_path / "head.keras")
    again = keras.models.load_model(tmp_path / "head.keras").layers[-1]
    assert len(again.weights) == len(head.weights)
    for a, b in zip(head.weights, again.weights, strict=True):
        assert np.array_equal(numpy(a), numpy(b))


def check_half_precision(make, dim=3):
    """Under a mixed policy the head computes in float32."""
    x = np.random.default_rng(1).normal(size=(4, dim)).astype("float32")
    for half in ("float16", "bfloat16"):
        keras.config.set_dtype_policy(f"mixed_{half}")
        head = make()
        low = ops.cast(x, half)
        scores = head(low)
        assert keras.backend.standardize_dtype(scores.dtype) == "float32"
        assert all(w.dtype == "float32" for w in head.weights)
        expected = numpy(head(ops.cast(low, "float32")))
        np.testing.assert_allclose(numpy(scores), expected, rtol=1e-6)
