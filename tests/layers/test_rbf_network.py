import numpy as np
from keras import ops

from keras_pod.layers import PrototypeLogits, RBFLogits, RBFNetwork
from keras_pod.losses import CrossEntropyLoss
from tests.gradients import compare
from tests.heads import built, numpy

X = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
Y = np.array([0, 1, 1, 0])


def test_value_and_gradient_against_float64():
    head = built(RBFNetwork(2, units=5, gamma=1.5, feature_scale=0.8), 3)
    units, kernel = numpy(head.units_at), numpy(head.kernel)

    def function(x):
        phi = np.zeros((4, 5))
        for i, row in enumerate(x):
            for u, unit in enumerate(units):
                phi[i, u] = np.exp(-np.sum((0.8 * row - unit) ** 2) / 1.5)
        z = phi @ kernel
        return np.mean(np.log(np.exp(z).sum(1)) - z[np.arange(4), Y])

    loss = CrossEntropyLoss()
    compare(lambda x: loss(Y, head(x)), function, X, slopes=(1e-3, 1e-6))


def test_normalised_kernels_are_prototype_logits():
    # docs/papers.md, 2.23, reading (b)
    kernels = built(RBFLogits(4, gamma=2.0, feature_scale=1.0), 3)
    head = built(PrototypeLogits(4, alpha=0.5), 3)
    head.prototypes.assign(kernels.prototypes)
    k = numpy(kernels.kernels(X))
    found = numpy(ops.softmax(head(X)))
    np.testing.assert_allclose(found, k / k.sum(1, keepdims=True), rtol=1e-5)


def test_one_unit_per_class_by_default():
    assert built(RBFNetwork(4), 3).units_at.shape == (4, 3)
