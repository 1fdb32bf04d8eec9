import dataclasses

import keras
import numpy as np
import pytest

from keras_pod import Classifier, layers
from keras_pod.evaluation import with_threshold
from keras_pod.experiments.after.trained import Trained
from keras_pod.experiments.export import check
from keras_pod.experiments.export.served import Served, in_float32
from tests.experiments.conftest import squares, with_bias

IMAGES = squares(9, 0)[0]


def classifier(head):
    inputs = keras.Input((8, 8, 1), name="images")
    x = keras.layers.Conv2D(4, 3, activation="relu")(
        keras.layers.Rescaling(1 / 255)(inputs)
    )
    x = keras.layers.BatchNormalization()(x)
    body = keras.Model(inputs, keras.layers.Flatten()(x))
    return Classifier.from_backbone(body, head, 6)


def trained(head):
    data = {"image_shape": [8, 8, 1], "class_names": ["a", "b", "c"], "name": "squares"}
    return Trained(classifier(head), {"loss": "mine"}, data)


@pytest.mark.parametrize(
    "head", [layers.PEDCC(3), layers.CosineDense(3), keras.layers.Dense(3)]
)
def test_outputs(head):
    run = trained(head)
    served = Served(run)
    found = {k: np.array(v) for k, v in served(IMAGES.astype("float32")).items()}
    assert list(found) == served.names == ["class", "features", "logits", "score"]
    expected = run.model.predict(IMAGES, verbose=0)
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], atol=1e-6)
    np.testing.assert_array_equal(found["class"], expected["logits"].argmax(axis=1))
    assert found["class"].dtype == np.int32
    scores = run.scores(expected).max(axis=1)
    np.testing.assert_allclose(found["score"], scores, atol=1e-6)


def test_of_equal_scores_the_first_class_is_answered():
    head = keras.layers.Dense(3, kernel_initializer="zeros")
    served = Served(trained(head))
    head.bias.assign([1.0, 2.0, 2.0])
    assert set(np.array(served(IMAGES.astype("float32"))["class"])) == {1}


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_becomes_float32(precision):
    keras.config.set_dtype_policy(precision)
    model = classifier(layers.PEDCC(3))
    model.compile(keras.optimizers.SGD(0.01), loss=keras.losses.CosineSimilarity())
    # As it is where a run is loaded.
    keras.config.set_dtype_policy("float32")
    wide = in_float32(model)
    assert in_float32(wide) is wide
    assert {layer.compute_dtype for layer in wide.layers} == {"float32"}
    plain = classifier(layers.PEDCC(3))
    plain.set_weights(model.get_weights())
    found, expected = (m.predict(IMAGES, verbose=0) for m in (wide, plain))
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name])


def test_what_was_fitted_later_is_served_too():
    run = trained(layers.PEDCC(3))
    model = with_bias(run.model, [0.0, 9.0, 0.0], temperature=0.5)
    model = with_threshold(model, "cosine", 0.1)
    served = Served(dataclasses.replace(run, model=model))
    found = {k: np.array(v) for k, v in served(IMAGES.astype("float32")).items()}
    assert {"probabilities", "known"} < set(found) == set(served.names)
    expected = model.predict(IMAGES, verbose=0)
    assert (found["class"] == 1).all()
    for name in ("probabilities", "known"):
        np.testing.assert_allclose(found[name], expected[name], atol=1e-6)
    cosines = np.array(model.head.cosines(expected["features"]))
    assert (cosines.argmax(axis=1) != 1).any()
    np.testing.assert_allclose(found["score"], cosines[:, 1], atol=1e-6)
    # The check compares the score of the answered class, not the largest.
    expected = check.predicted(served, IMAGES)
    assert max(check.differences(found, expected).values()) < 1e-5
    largest = found | {"score": cosines.max(axis=1)}
    assert check.differences(largest, expected)["score"] > 1e-3


def test_a_calibrated_probability_is_the_score():
    run = trained(keras.layers.Dense(3))
    model = with_bias(run.model, [0.0, 1.0, 0.0], temperature=2.0)
    found = Served(dataclasses.replace(run, model=model))(IMAGES.astype("float32"))
    expected = model.predict(IMAGES, verbose=0)["probabilities"]
    np.testing.assert_array_equal(np.array(found["class"]), expected.argmax(axis=1))
    sure = expected.max(axis=1)
    np.testing.assert_allclose(np.array(found["score"]), sure, atol=1e-6)
