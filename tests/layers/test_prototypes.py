import keras
import numpy as np
import pytest

from keras_pod.layers import PrototypeLogits, RBFLogits, RBFNetwork
from keras_pod.losses import CrossEntropyLoss, PrototypeLoss
from tests import heads
from tests.gradients import compare
from tests.heads import built, numpy

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 3)).astype("float32")
Y = np.array([0, 2, 2, 0, 1])


def make(per_class, alpha=0.7, **kwargs):
    head = PrototypeLogits(4, per_class, alpha, "random_normal", **kwargs)
    head = built(head, 3)
    head.prototypes.assign(RNG.normal(size=(4, 3 * per_class)))
    return head


def reference(x, prototypes, alpha):
    """Class probabilities, prototype by prototype."""
    rows = prototypes.reshape(4, -1, 3)
    weights = np.zeros((len(x), 4))
    for i, row in enumerate(x):
        for j in range(4):
            for prototype in rows[j]:
                weights[i, j] += np.exp(-alpha * np.sum((row - prototype) ** 2))
    return weights / weights.sum(1, keepdims=True)


@pytest.mark.parametrize(("per_class", "exact"), [(1, False), (3, True)])
def test_value_and_gradient_against_float64(per_class, exact):
    head = make(per_class, exact=exact)
    prototypes = numpy(head.prototypes)

    def function(x):
        probabilities = reference(x, prototypes, 0.7)
        return -np.mean(np.log(probabilities[np.arange(5), Y]))

    loss = CrossEntropyLoss()
    compare(lambda x: loss(Y, head(x)), function, X, slopes=(1e-3, 1e-5))


def test_g_cpl_pulls_features_and_prototypes():
    head = make(2)
    before = numpy(head.prototypes)
    losses = {"features": PrototypeLoss(weight=0.5)}
    model = heads.classifier(head, losses, lr=0.1)
    found = model.fit(X, Y, batch_size=5, verbose=0).history["loss"][0]
    expected, value = before.reshape(4, 2, 3).copy(), 0.0
    rows = before.reshape(4, 2, 3)
    for x, label in zip(X, Y, strict=True):
        squares = np.sum((x - rows[label]) ** 2, axis=1)
        m = np.argmin(squares)
        value += 0.5 * squares[m] / 5
        expected[label, m] += 0.1 * 0.5 * 2 * (x - rows[label, m]) / 5
    np.testing.assert_allclose(found, value, rtol=1e-5)
    after = numpy(head.prototypes).reshape(4, 2, 3)
    np.testing.assert_allclose(after, expected, rtol=1e-5, atol=1e-6)


def test_radial_units_against_float64():
    head = built(RBFNetwork(4, units=6, gamma=1.5, feature_scale=0.8), 3)
    units, kernel = numpy(head.units_at), numpy(head.kernel)

    def function(x):
        gaps = 0.8 * x[:, None] - units
        z = np.exp(-np.sum(gaps**2, axis=2) / 1.5) @ kernel
        return np.mean(np.log(np.exp(z).sum(1)) - z[np.arange(5), Y])

    loss = CrossEntropyLoss()
    compare(lambda x: loss(Y, head(x)), function, X, slopes=(1e-3, 1e-6))
    assert built(RBFNetwork(4), 3).units_at.shape == (4, 3)


def test_initial_prototypes_have_the_scale_of_single_rows():
    keras.utils.set_random_seed(0)
    head = built(PrototypeLogits(10, 4), 30)
    bound = np.sqrt(6 / (40 + 30))
    largest = np.abs(numpy(head.prototypes)).max()
    assert 0.95 * bound < largest <= bound


@pytest.mark.parametrize("make", [PrototypeLogits, RBFLogits, RBFNetwork])
def test_exact_distances(make):
    """Far from the origin, where those of the expanded form are lost."""
    rng = np.random.default_rng(2)
    rows = (100 + 10 * rng.normal(size=(4, 512))).astype("float32")
    x = (rows + 0.01 * rng.normal(size=(4, 512))).astype("float32")
    scale = {} if make is PrototypeLogits else {"feature_scale": 1.0}
    heads = [built(make(4, exact=exact, **scale), 512) for exact in (True, False)]
    for head in heads:
        head.weights[0].assign(rows)
        if make is RBFNetwork:
            head.kernel.assign(np.eye(4))
    exact, expanded = (np.diagonal(numpy(head(x))) for head in heads)
    d = np.sum((x.astype("float64") - rows) ** 2, axis=1)
    true = {
        PrototypeLogits: -d,
        RBFLogits: 4 * np.exp(-d / 2),
        RBFNetwork: np.exp(-d / 2),
    }[make]
    np.testing.assert_allclose(exact, true, rtol=1e-5)
    assert np.max(np.abs(expanded / true - 1)) > 1e-4
