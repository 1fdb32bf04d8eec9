import numpy as np
import pytest

from keras_pod.layers import GaussianMixture
from keras_pod.losses import CrossEntropyLoss, lgm
from tests import heads
from tests.gradients import compare
from tests.heads import built, numpy

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 3)).astype("float32")
Y = np.array([0, 2, 2, 3, 1])
KINDS = ["identity", "shared", "diagonal"]


def make(kind):
    head = built(GaussianMixture(4, kind), 3)
    head.means.assign(RNG.normal(size=(4, 3)) + 2)
    log_variances = np.zeros((4, 3))
    if kind != "identity":
        head.log_variances.assign(0.5 * RNG.normal(size=head.log_variances.shape))
        log_variances = np.broadcast_to(numpy(head.log_variances), (4, 3))
    return head, log_variances


def energies(x, means, log_variances):
    """g + log det / 2 for every class."""
    out = np.zeros((len(x), len(means)))
    for i, row in enumerate(x):
        for j, mean in enumerate(means):
            covariance = np.diag(np.exp(log_variances[j]))
            gap = row - mean
            out[i, j] = 0.5 * gap @ np.linalg.inv(covariance) @ gap
            out[i, j] += 0.5 * np.log(np.linalg.det(covariance))
    return out


@pytest.mark.parametrize("kind", KINDS)
def test_value_and_gradient_against_float64(kind):
    head, log_variances = make(kind)
    means = numpy(head.means)

    def function(x):
        z = -energies(x, means, log_variances)
        return np.mean(np.log(np.exp(z).sum(1)) - z[np.arange(5), Y])

    loss, slopes = CrossEntropyLoss(), (1e-3, 1e-4)
    compare(lambda x: loss(Y, head(x)), function, X, rtol=1e-4, slopes=slopes)
    # Far from the origin, the squares of float32 have lost the distances.
    head.means.assign(means + 1000)
    far, wide = X + np.float32(1000), numpy(head.means).astype("float64")
    expected = -energies(far.astype("float64"), wide, log_variances)
    if kind != "diagonal":  # Its scores leave out what is the same for all classes.
        expected += 0.5 * log_variances.sum(axis=1)
    np.testing.assert_allclose(numpy(head(far)), expected, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("kind", KINDS)
def test_targets_of_labels_of_every_form(kind):
    head, log_variances = make(kind)
    rows = numpy(head.means)
    if kind != "identity":
        rows = np.concatenate([rows, log_variances], axis=1)
    for labels in (Y, Y[:, None], np.eye(4)[Y]):
        found = numpy(head.feature_targets(labels))
        np.testing.assert_allclose(found, rows[Y], rtol=1e-6)
    soft = 0.7 * np.eye(4)[Y] + 0.3 * np.eye(4)[Y[::-1]]
    found = numpy(head.feature_targets(soft))
    np.testing.assert_allclose(found, soft @ rows, rtol=1e-5)
    found = numpy(head.feature_targets(np.array([-1, 3, 4])))
    assert np.isnan(found).all(axis=1).tolist() == [True, False, True]
    np.testing.assert_allclose(found[1], rows[3], rtol=1e-6)


def test_it_trains_variances_in_fit():
    head = GaussianMixture(3, "diagonal")
    model = heads.classifier(head, lgm(margin=0.2), lr=0.1)
    labels = np.array([0, 1, 2, 0, 1])
    loss = model.fit(X, labels, epochs=3, verbose=0).history["loss"]
    assert loss[-1] < loss[0]
    assert numpy(head.log_variances).any()
