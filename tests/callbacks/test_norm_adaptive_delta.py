import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_pod import Classifier
from keras_pod.callbacks import NormAdaptiveDelta
from keras_pod.layers import PEDCC
from keras_pod.losses import NaCLoss
from tests.heads import classifier

Y = np.arange(6) % 3


def plain_model(norm_of="features"):
    """A plain keras.Model that ends in a PEDCC head, on 5 inputs."""
    inputs = keras.Input((5,))
    x = keras.layers.Dense(6)(inputs)
    head = PEDCC(3, alpha=0.1, norm_of=norm_of)
    model = keras.Model(inputs, head(x))
    model.compile(keras.optimizers.SGD(0.5), NaCLoss(), run_eagerly=True)
    return model, head, keras.Model(inputs, x)


def with_neck(alpha):
    """A classifier whose head takes another tensor than the one that is put out."""
    inputs = keras.Input((4,))
    neck = keras.layers.BatchNormalization()(inputs)
    head = PEDCC(3, alpha=alpha)
    model = Classifier(inputs, {"logits": head(neck), "features": inputs})
    model.compile("sgd", NaCLoss(), run_eagerly=True)
    return model, keras.Model(inputs, neck)


@pytest.mark.parametrize("norm_of", ["features", "scores"])
def test_a_pass_over_given_data_after_each_epoch(norm_of):
    x = np.random.default_rng(0).normal(size=(30, 5)).astype("float32")
    y = np.arange(30) % 3
    model, head, reader = plain_model(norm_of)
    model.fit(x, y, epochs=2, verbose=0, callbacks=[NormAdaptiveDelta(data=x)])
    z = np.asarray(reader.predict(x, verbose=0), "float64")
    if norm_of == "scores":
        z = z @ keras.ops.convert_to_numpy(head.centroids).T.astype("float64")
    expected = np.mean(np.linalg.norm(z, axis=1))
    np.testing.assert_allclose(float(head.mean_norm), expected, rtol=1e-5)


def test_a_plain_model_without_data_is_told_what_to_do():
    model, _, _ = plain_model()
    with pytest.raises(ValueError, match="data=x_train"):
        model.fit(np.ones((6, 5)), Y, verbose=0, callbacks=[NormAdaptiveDelta()])
    endless = tf.data.Dataset.from_tensors(np.ones((6, 5))).repeat()
    with pytest.raises(ValueError, match="without an end"):
        model.fit(np.ones((6, 5)), Y, verbose=0, callbacks=[NormAdaptiveDelta(endless)])
    assert int(model.optimizer.iterations) == 0


def test_what_is_logged_has_to_be_what_the_head_takes():
    model, neck = with_neck(alpha=0.01)
    x = np.ones((6, 4))
    with pytest.raises(ValueError, match="takes another tensor"):
        model.fit(x, Y, verbose=0)
    model.fit(x, Y, verbose=0, callbacks=[NormAdaptiveDelta(data=x)])
    expected = np.linalg.norm(neck.predict(x, verbose=0), axis=1).mean()
    np.testing.assert_allclose(float(model.head.mean_norm), expected, rtol=1e-5)
    # Without delta there is nothing to update, whatever the norm that is logged.
    model, _ = with_neck(alpha=None)
    model.fit(x, Y, verbose=0, callbacks=[NormAdaptiveDelta()])
    assert float(model.head.delta) == 0


class OfOnesOwn(keras.Model):
    """A subclass, which has no outputs to look at, and logs the norm itself."""

    def __init__(self):
        super().__init__()
        self.top = PEDCC(3, alpha=0.1)
        self.norm = keras.metrics.Mean(name="feature_norm")

    def call(self, x):
        return self.top(x)

    def compute_loss(self, x=None, y=None, y_pred=None, *arguments, **named):
        self.norm.update_state(keras.ops.norm(x, axis=-1))
        return super().compute_loss(x, y, y_pred, *arguments, **named)


def test_a_subclass_logs_the_norm_itself_or_is_measured():
    model = OfOnesOwn()
    model.compile("sgd", NaCLoss(), run_eagerly=True)
    x = np.full((6, 4), 0.5)
    for data, expected in ((None, 1.0), (3 * x, 3.0)):
        model.fit(x, Y, epochs=2, verbose=0, callbacks=[NormAdaptiveDelta(data)])
        np.testing.assert_allclose(float(model.top.mean_norm), expected, rtol=1e-5)


def test_a_second_fit_goes_on_with_initial_epoch_and_is_warned_of_without(caplog):
    x = np.ones((6, 4), "float32")  # every feature has norm 2
    model = classifier(PEDCC(3, alpha=0.1), NaCLoss(), dim=4)
    options = {"verbose": 0, "callbacks": [NormAdaptiveDelta()]}
    model.fit(x, Y, epochs=2, **options)
    model.fit(x, Y, epochs=4, initial_epoch=2, **options)
    assert float(model.head.delta) == pytest.approx(0.1 * 4 * 2)
    assert "has been trained before" not in caplog.text
    model.fit(x, Y, epochs=1, **options)
    assert float(model.head.delta) == pytest.approx(0.1 * 1 * 2)
    assert caplog.text.count("has been trained before") == 1
