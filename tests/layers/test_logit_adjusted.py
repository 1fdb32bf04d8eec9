"""Logit adjustment: the loss with its gradient, and priors given or counted."""

import numpy as np
import pytest

from keras_pod.layers import LogitAdjustedDense
from keras_pod.losses import CrossEntropyLoss
from tests import heads
from tests.gradients import value_and_gradient
from tests.heads import built, numpy
from tests.margin_oracles import cross_entropy, rows_of
from tests.oracles import numeric_gradient

K, N = 4, 5
RNG = np.random.default_rng(0)
X = RNG.normal(size=(8, N)).astype("float32")
Y = np.array([0, 0, 0, 1, 2, 0, 1, 0])  # class 3 is absent
SOFT = RNG.dirichlet(np.ones(K), size=8).astype("float32")


def reference(z, labels, priors, tau):
    z = np.asarray(z, "float64") + tau * np.log(priors)
    rows = rows_of(labels, K)
    return np.mean([cross_entropy(*pair) for pair in zip(z, rows, strict=True)])


@pytest.mark.parametrize("labels", [Y, Y[:, None], SOFT], ids=["int", "column", "soft"])
@pytest.mark.parametrize("tau", [1.0, 0.3])
def test_value_and_gradient_with_given_priors(labels, tau):
    head = built(LogitAdjustedDense(K, tau, [40, 30, 20, 10]), N)
    w, priors = numpy(head.kernel), np.array([0.4, 0.3, 0.2, 0.1])

    def through(x):
        return CrossEntropyLoss()(labels, head.training_logits(labels, x))

    def expected(x):
        return reference(x @ w, labels, priors, tau)

    value, gradient = value_and_gradient(through, X)
    np.testing.assert_allclose(value, expected(X), rtol=1e-5)
    slopes = numeric_gradient(expected, X)
    np.testing.assert_allclose(gradient, slopes, rtol=1e-3, atol=1e-6)
    # Others than training see the scores.
    np.testing.assert_allclose(numpy(head(X)), X @ w, rtol=1e-4, atol=1e-5)


def test_labels_are_counted_in_fit_and_not_in_evaluate():
    head = LogitAdjustedDense(K)
    model = heads.classifier(head, CrossEntropyLoss(), dim=N)
    z, counts = X @ numpy(head.kernel), np.ones(K)
    for batch in (slice(0, 5), slice(5, 8), slice(0, 8)):
        loss = np.ravel(model.train_on_batch(X[batch], Y[batch]))[0]
        expected = reference(z[batch], Y[batch], counts / counts.sum(), 1.0)
        np.testing.assert_allclose(loss, expected, rtol=1e-5)
        counts += np.bincount(Y[batch], minlength=K)
        model.reset_metrics()
    np.testing.assert_allclose(
        numpy(head._known_priors()), counts / counts.sum(), rtol=1e-5
    )
    found = np.ravel(model.evaluate(X, Y, verbose=0))[0]
    np.testing.assert_allclose(found, reference(z, Y, np.ones(K), 1.0), rtol=1e-5)
    assert numpy(head.seen) == 16


def test_very_many_labels_are_counted():
    head = built(LogitAdjustedDense(K), N)
    head.seen.assign(1e9)
    head.shares.assign([0.25] * K)
    for _ in range(3):
        head.update_from_batch(np.zeros(2**20, "int32"), None)
    assert numpy(head.shares)[0] > 0.25 + 2e-3


def test_soft_labels_are_counted_by_their_weights():
    head = built(LogitAdjustedDense(K), N)
    head.update_from_batch(SOFT, X)
    expected = (SOFT.sum(0) + 1) / (8 + K)
    np.testing.assert_allclose(numpy(head._known_priors()), expected, rtol=1e-5)
