import numpy as np
import pytest

from keras_pod.layers import RBFLogits
from keras_pod.losses import CrossEntropyLoss
from tests import heads
from tests.gradients import compare, value_and_gradient
from tests.heads import built, numpy

W = np.array([[1.0, 0], [0, 1], [-1, -1]], "float32")


def make(prototypes=W, scale=4.0, gamma=2.0, feature_scale=1.0, **kwargs):
    head = RBFLogits(len(prototypes), scale, gamma, feature_scale, **kwargs)
    built(head, np.shape(prototypes)[1])
    head.prototypes.assign(prototypes)
    return head


def reference(x, prototypes, scale, gamma):
    """Eq 3, term by term."""
    out = np.zeros((len(x), len(prototypes)))
    for i, row in enumerate(np.asarray(x, "float64")):
        for j, prototype in enumerate(np.asarray(prototypes, "float64")):
            out[i, j] = scale * np.exp(-np.sum((row - prototype) ** 2) / gamma)
    return out


def loss_of(scores, y):
    log_sum = np.log(np.exp(scores).sum(1))
    return np.mean(log_sum - scores[np.arange(len(y)), y])


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


@pytest.mark.parametrize(("exact", "feature_scale"), [(False, 1.0), (True, None)])
def test_value_and_gradient_against_float64(exact, feature_scale):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 4)).astype("float32"), rng.integers(5, size=6)
    x[0] = 0
    prototypes = rng.normal(size=(5, 4)).astype("float32")
    head = make(prototypes, 3.0, 1.5, feature_scale, exact=exact)
    factor = feature_scale or 0.5

    def function(x):
        return loss_of(reference(factor * x, prototypes, 3.0, 1.5), y)

    loss = CrossEntropyLoss()
    compare(lambda x: loss(y, head(x)), function, x, slopes=(1e-3, 1e-6))


def test_targets_are_where_the_kernel_is_one():
    head = make(feature_scale=None)
    labels = np.array([2, 0, 1])
    targets = head.feature_targets(labels)
    kernels = numpy(head.kernels(targets))
    np.testing.assert_allclose(kernels[np.arange(3), labels], 1, rtol=1e-6)
    soft = np.array([[0.5, 0.5, 0.0]])
    expected = np.sqrt(2) * np.array([[0.5, 0.5]])
    np.testing.assert_allclose(numpy(head.feature_targets(soft)), expected, rtol=1e-6)


@pytest.mark.parametrize(("dim", "num_classes"), [(2048, 2), (64, 1000)])
def test_features_of_unit_variance_learn_by_default(dim, num_classes):
    x = np.random.default_rng(0).normal(size=(8, dim))
    kernels = numpy(built(RBFLogits(num_classes), dim).kernels(x))
    assert np.mean(kernels) > 0.1


def test_the_mean_kernel_is_that_of_the_right_class():
    head = make()
    model = heads.classifier(head, CrossEntropyLoss(), dim=2)
    x = np.array([[1.0, 1.0], [0.0, 0.5], [-1.0, 0.0]], "float32")
    labels = np.array([0, 1, 1])
    kernels = reference(x, W, 1.0, 2.0)
    hard, soft = np.eye(3)[labels], np.array([[0.5, 0.5, 0], [0, 1, 0], [0, 0.2, 0.8]])
    for given, rows in ((labels, hard), (soft, soft)):
        model.fit(x, given, verbose=0)
        expected = np.mean(np.sum(rows * kernels, axis=1))
        np.testing.assert_allclose(float(head.mean_kernel), expected, rtol=1e-5)
