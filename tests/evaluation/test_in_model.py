import keras
import numpy as np
import pytest

import keras_pod
from keras_pod import layers
from keras_pod.evaluation import (
    Temperature,
    extended,
    known_scores,
    with_probabilities,
    with_threshold,
)
from tests.refusals import refused

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(60, 5)).astype("float32"), np.arange(60) % 3
X[np.arange(60), Y] += 4


def made(head=None, dim=4, neck=None):
    backbone = keras.Sequential([keras.Input((5,)), keras.layers.Dense(6, "tanh")])
    head = head or keras_pod.layers.PEDCC(3, alpha=None, reserved=1)
    model = keras_pod.Classifier.from_backbone(backbone, head, dim, neck=neck)
    loss = keras_pod.losses.CrossEntropyLoss()
    model.compile(keras.optimizers.SGD(0.5, momentum=0.9), loss, metrics=["accuracy"])
    return model


def trained():
    model = made()
    model.fit(X, Y, epochs=5, verbose=0)
    return model


@pytest.fixture(scope="module")
def model():
    """A trained one; what is made of it shares its layers, so nobody trains it."""
    return trained()


def everything(model):
    return with_threshold(with_probabilities(model, Temperature(0.2)), "cosine", 0.9)


def test_the_outputs_are_those_of_the_arrays(model):
    plain, out = model.predict(X, verbose=0), everything(model).predict(X, verbose=0)
    for name in ("logits", "features"):
        np.testing.assert_array_equal(out[name], plain[name])
    expected = Temperature(0.2).probabilities(plain["logits"])
    np.testing.assert_allclose(out["probabilities"], expected, rtol=1e-4)
    scores = known_scores(plain["features"], plain["logits"], model.head.centroids)
    assert 0 < out["known"].sum() < 60
    np.testing.assert_array_equal(out["known"], scores["cosine"] >= 0.9)


def test_saved_loaded_and_trained_on(tmp_path):
    model = everything(trained())
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    expected = model.predict(X, verbose=0)
    for name, values in again.predict(X, verbose=0).items():
        np.testing.assert_array_equal(values, expected[name])
    # Momentum too: both go on alike.
    losses = [m.fit(X, Y, shuffle=False, verbose=0).history for m in (model, again)]
    assert losses[0]["loss"] == losses[1]["loss"] and "accuracy" in losses[0]


def test_an_output_is_replaced():
    model = with_probabilities(everything(made()), Temperature(3.0))
    names = [layer.name for layer in model.layers]
    assert names.count("probabilities") == names.count("known") == 1
    out = model.predict(X, verbose=0)
    expected = Temperature(3.0).probabilities(out["logits"])
    np.testing.assert_allclose(out["probabilities"], expected, rtol=1e-5)


def test_new_classes_are_learned_and_the_old_stay(model):
    new = RNG.normal(size=(20, 5)).astype("float32")
    new[:, 3] += 4
    wider = extended(model, X, new[:10], np.full(10, 3))
    before = model.predict(X, verbose=0)["logits"].argmax(axis=1)
    after = wider.predict(X, verbose=0)["logits"]
    assert after.shape == (60, 4)
    assert (after.argmax(axis=1) == before).mean() > 0.8
    found = wider.predict(new[10:], verbose=0)["logits"].argmax(axis=1)
    assert (found == 3).mean() > 0.7
    np.testing.assert_array_equal(wider.head.centroids[:3], model.head.centroids)
    # The model that was extended is as it was.
    assert (model.predict(X, verbose=0)["logits"].argmax(axis=1) == before).all()


def test_a_neck_after_the_dense_layer_changes_nothing():
    """The same network with the neck, and with it in the dense layer's weights."""
    plain, necked = made(), made(neck="batch_norm")
    kind = keras.layers.BatchNormalization
    (neck,) = [layer for layer in necked.layers if isinstance(layer, kind)]
    mean, variance = np.array([3.0, -2, 1, 5]), np.array([4.0, 9, 1, 0.25])
    neck.set_weights([mean, variance])
    dense = [
        [x for x in one._flatten_layers() if isinstance(x, keras.layers.Dense)]
        for one in (plain, necked)
    ]
    for to, of in zip(*dense, strict=True):
        to.set_weights(of.get_weights())
    kernel, bias = to.get_weights()
    scale = 1 / np.sqrt(variance + neck.epsilon)
    to.set_weights([kernel * scale, (bias - mean) * scale])
    new = RNG.normal(size=(10, 5)).astype("float32")
    found = [
        extended(one, X, new, np.full(10, 3)).predict(X, verbose=0)["features"]
        for one in (plain, necked)
    ]
    np.testing.assert_allclose(*found, rtol=1e-3, atol=1e-3)


def linear(name=None):
    return keras.layers.Dense(3, dtype="float32", name=name)


def other():
    """Another layer than the one before the head is called as that of the features."""
    inputs = keras.Input((5,))
    x = keras.layers.Dense(4, name="features")(inputs)
    x = keras.layers.LayerNormalization()(x)
    head = layers.PEDCC(3, alpha=None, reserved=1)
    return keras_pod.Classifier(inputs, {"logits": head(x), "features": x})


test_what_cannot_be_extended = refused(
    (lambda: extended(made(), X, X[:2], [3, 4]), "2 new classes, .* has room for 1"),
    (lambda: extended(made(linear("logits")), X, X[:2], [3, 3]), "has room for 0"),
    (lambda: extended(made(dim=None), X, X[:2], [3, 3]), "does not have"),
    (lambda: extended(other(), X, X[:2], [3, 3]), "right before the neck or the head"),
    (lambda: extended(made(), X, X[:2], [0, 0]), r"must be 3 to 3, got \[0\]"),
)


def by_cosine(head):
    return with_threshold(made(head), "cosine", 0.0)


test_bad_scores = refused(
    (lambda: by_cosine(linear()), 'name="logits"'),
    (lambda: by_cosine(layers.PrototypeLogits(3, 2, name="logits")), "or several"),
    (lambda: by_cosine(layers.RBFNetwork(3, 4, name="logits")), "no vector for each"),
    (lambda: with_threshold(made(), "gauss", 0.0), "`score` must be one of"),
    (lambda: with_threshold(made(), "gaussian", 0.0), "needs fitted `gaussians`"),
)
