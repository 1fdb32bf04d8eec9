import numpy as np
import pytest

from keras_pod.layers import RBFLogits, RBFNetwork
from keras_pod.losses import CrossEntropyLoss
from tests import heads
from tests.gradients import value_and_gradient
from tests.heads import built, numpy

W = np.array([[1.0, 0], [0, 1], [-1, -1]], "float32")


def make(feature_scale=1.0):
    head = built(RBFLogits(3, 4.0, 2.0, feature_scale), 2)
    head.prototypes.assign(W)
    return head


def test_check_gradients():
    # docs/papers.md, 2.28
    head = make()
    y, x = np.array([0]), np.array([[1.0, 1.0]], "float32")
    value, gradient = value_and_gradient(lambda x: CrossEntropyLoss()(y, head(x)), x)
    np.testing.assert_allclose(value, 0.739600, rtol=1e-5)
    np.testing.assert_allclose(gradient, [[-1.164651, 1.261472]], rtol=1e-5)
    model = heads.classifier(head, CrossEntropyLoss(), dim=2, lr=1.0)
    model.fit(x, y, verbose=0)
    moved = numpy(head.prototypes)[0] - W[0]
    np.testing.assert_allclose(moved, [0, 1.268122], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("dim", "num_classes"), [(2048, 2), (64, 1000)])
def test_features_of_unit_variance_learn_by_default(dim, num_classes):
    x = np.random.default_rng(0).normal(size=(8, dim))
    kernels = numpy(built(RBFLogits(num_classes), dim).kernels(x))
    assert np.mean(kernels) > 0.1
    assert built(RBFNetwork(4), 3).units_at.shape == (4, 3)


def test_the_mean_kernel_is_that_of_the_right_class():
    head = make(feature_scale=0.5)
    model = heads.classifier(head, CrossEntropyLoss(), dim=2)
    x = np.array([[1.0, 1.0], [0.0, 0.5], [-1.0, 0.0]], "float32")
    labels = np.array([0, 1, 1])
    kernels = np.exp(-np.square(0.5 * x[:, None] - W).sum(axis=2) / 2)
    hard, soft = np.eye(3)[labels], np.array([[0.5, 0.5, 0], [0, 1, 0], [0, 0.2, 0.8]])
    for given, rows in ((labels, hard), (soft, soft)):
        model.fit(x, given, verbose=0)
        expected = np.mean(np.sum(rows * kernels, axis=1))
        np.testing.assert_allclose(float(head.mean_kernel), expected, rtol=1e-5)
