"""Backbones, the features on them, and what stands before the head."""

import logging

import keras
import numpy as np
import pytest

from keras_pod import Classifier
from keras_pod.layers import PEDCC
from keras_pod.losses import pod
from tests.classifier.small import K, N, make, samples
from tests.heads import numpy


def test_a_backbone_that_ends_in_maps_is_pooled(caplog):
    backbone = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3)])
    with caplog.at_level(logging.INFO, "keras_pod"):
        model = Classifier.from_backbone(backbone, PEDCC(3))
    assert "ends in (None, 6, 6, 4)" in caplog.text
    x = np.random.default_rng(0).normal(size=(2, 8, 8, 1)).astype("float32")
    maps = numpy(backbone(x))
    found = model.predict(x, verbose=0)["features"]
    np.testing.assert_allclose(found, maps.mean(axis=(1, 2)), rtol=1e-5, atol=1e-6)


def test_backbones_and_necks_that_will_not_do_are_refused():
    backbone = keras.Sequential([keras.Input((8, 5)), keras.layers.Dense(4)])
    with pytest.raises(ValueError, match=r"\(batch, n\) or .*AveragePooling1D"):
        Classifier.from_backbone(backbone, PEDCC(3))
    with pytest.raises(ValueError, match=r'model.output\["features"\]'):
        Classifier.from_backbone(make(), PEDCC(3))
    with pytest.raises(ValueError, match="input shape"):
        Classifier.from_backbone(keras.Sequential([keras.layers.Flatten()]), PEDCC(3))
    whole = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4, "softmax")])
    with pytest.raises(ValueError, match="ends in probabilities"):
        Classifier.from_backbone(keras.Sequential([keras.Input((5,)), whole]), PEDCC(4))
    with pytest.raises(ValueError, match="`neck` must be one of"):
        Classifier.from_backbone(backbone, PEDCC(K), N, "layer_norm")


def test_inputs_and_layers_keep_their_names():
    inputs = {name: keras.Input((2,), name=name) for name in ("a", "b")}
    both = keras.layers.Concatenate(name="features")(list(inputs.values()))
    model = Classifier.from_backbone(keras.Model(inputs, both), PEDCC(3), 6)
    assert set(model.input) == {"a", "b"}
    assert model.output["features"].shape == (None, 6)


def test_the_neck_normalises_what_the_head_and_the_output_get(tmp_path):
    x, y = samples(64)
    inputs = keras.Input((5,))
    backbone = keras.Model(inputs, keras.layers.Dense(8)(inputs))
    head = PEDCC(K, alpha=None)
    model = Classifier.from_backbone(backbone, head, N, neck="batch_norm")
    neck = model.get_layer("neck")
    assert neck.get_config()["momentum"] == 0.9
    assert neck.trainable_variables == []
    z = numpy(keras.Model(inputs, neck.input)(x))
    expected = (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 1e-5)
    found = numpy(model(x, training=True)["features"])
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
    model.compile("sgd", loss=pod(), run_eagerly=True)
    model.fit(x, y, verbose=0)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    for name in ("logits", "features"):
        ours, theirs = (m.predict(x, verbose=0)[name] for m in (model, again))
        np.testing.assert_array_equal(ours, theirs)
