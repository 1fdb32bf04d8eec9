"""The fixed-simplex relatives of POD, each against its paper's formula in float64."""

import keras
import numpy as np
import pytest

from keras_pod import Classifier, methods
from tests.gradients import compare

K, N = 5, 7
RNG = np.random.default_rng(0)
X = 3 * RNG.normal(size=(6, N)).astype("float32")
Y = RNG.integers(K, size=6)


def cosines(x, rows):
    return x @ rows.T / np.linalg.norm(x, axis=1, keepdims=True)


def own(scores):
    return scores[np.arange(len(Y)), Y]


def softmax(z):
    return np.mean(np.log(np.sum(np.exp(z), axis=1)) - own(z))


AUTO_SCALE = (K - 1) / K * np.log((K - 1) * 0.9999 / 0.0001)
FORMULAS = {
    "hpn": lambda x, rows: np.mean((1 - own(cosines(x, rows))) ** 2),
    "etf": lambda x, rows: np.mean((own(cosines(x, rows)) - 1) ** 2) / 2,
    "max-separation": lambda x, rows: softmax(x @ (0.1 * rows).T),
    "pedcc-softmax": lambda x, rows: softmax(AUTO_SCALE * cosines(x, rows)),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_what_a_classifier_trains_is_the_papers_loss(name):
    head, loss = methods.get(name).build(K, 3)
    inputs = keras.Input((N,))
    model = Classifier(inputs, {"logits": head(inputs), "features": inputs})
    model.compile("sgd", loss, jit_compile=False)
    rows = np.asarray(keras.ops.convert_to_numpy(head.centroids), "float64")

    def through(x):
        return model.compute_loss(x, Y, {"logits": head(x), "features": x})

    compare(through, lambda x: FORMULAS[name](x, rows), X, slopes=(1e-3, 1e-6))
    # They differ by their losses alone: the class vectors are one simplex, and fixed.
    np.testing.assert_allclose(
        rows @ rows.T + 1 / (K - 1), np.eye(K) * K / (K - 1), atol=1e-6
    )
    assert head.fixed and not head.trainable_weights
