import keras
import numpy as np
import pytest

from keras_pod.classifier import Classifier
from keras_pod.errors import InputError
from keras_pod.evaluation import nearest
from keras_pod.layers import PEDCC
from keras_pod.losses import NaCLoss


@pytest.mark.parametrize("block", [1, 3, 7, 100])
def test_blocks_find_what_the_whole_search_finds(block):
    rng = np.random.default_rng(0)
    x, rows = rng.normal(size=(20, 5)), rng.normal(size=(30, 5))
    unit = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, rows)]
    cosines = unit[0] @ unit[1].T
    order = np.argsort(-cosines, axis=1)[:, :4]
    classes, found = nearest(x, rows, top=4, block=block)
    assert np.array_equal(classes, order)
    expected = np.take_along_axis(cosines, order, axis=1)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_of_a_tie_the_first_class_counts():
    classes, _ = nearest([[1.0, 0.0]], [[0.0, 1.0], [2.0, 0.0], [1.0, 0.0]], block=1)
    assert classes.tolist() == [[1]]


def test_it_is_the_class_of_the_largest_score():
    inputs = keras.Input((6,))
    features = keras.layers.Dense(4)(inputs)
    head = PEDCC(9, centroids=np.random.default_rng(1).normal(size=(9, 4)))
    model = Classifier(inputs, {"logits": head(features), "features": features})
    model.compile("sgd", NaCLoss())
    out = model.predict(np.random.default_rng(2).normal(size=(16, 6)), verbose=0)
    found = nearest(out["features"], keras.ops.convert_to_numpy(head.centroids))[0]
    assert np.array_equal(found[:, 0], out["logits"].argmax(axis=1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1.0, 2.0]], [[1.0, 2.0, 3.0]]), "differ"),
        (([[1.0]], [[1.0], [2.0]], 3), "top"),
        (([[1.0]], [[1.0], [2.0]], 1, 0), "block"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(InputError, match=message):
        nearest(*arguments)
