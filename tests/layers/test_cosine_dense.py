import numpy as np

from keras_pod.layers import CosineDense
from keras_pod.losses import AMSoftmaxLoss
from tests import margin_oracles
from tests.gradients import compare, value_and_gradient
from tests.heads import built, numpy

X = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
UNIT = X / np.linalg.norm(X, axis=1, keepdims=True)
Y = np.arange(6) % 4


def directions_of(head):
    w = numpy(head.kernel)
    return w / np.linalg.norm(w, axis=1, keepdims=True)


def test_scores_of_each_normalisation():
    head = built(CosineDense(4), 5)
    w, directions = numpy(head.kernel), directions_of(head)
    for features, weights, expected in (
        (True, True, UNIT @ directions.T),
        (False, True, X @ directions.T),
        (False, False, X @ w.T),
    ):
        plain = built(CosineDense(4, features, weights), 5)
        plain.kernel.assign(w)
        np.testing.assert_allclose(numpy(plain(X)), expected, rtol=1e-5, atol=1e-6)
        assert plain.gives_cosines == (features and weights)


def test_scores_ignore_every_norm():
    head = built(CosineDense(4), 5)
    norms = np.array([1e-8, 1e-4, 1.0, 1e2, 6e4, 0.0], "float32")
    x = X * norms[:, None]
    scores = numpy(head(x))
    np.testing.assert_allclose(scores[:5], numpy(head(X))[:5], atol=1e-6)
    assert np.all(scores[5] == 0)
    head.kernel.assign(1e4 * numpy(head.kernel))
    np.testing.assert_allclose(numpy(head(x)), scores, atol=1e-6)
    _, gradient = value_and_gradient(lambda x: AMSoftmaxLoss()(Y, head(x)), 0 * X)
    assert np.all(gradient == 0)


def test_gradient_of_features_and_weights():
    head = built(CosineDense(4), 5)
    w, loss = numpy(head.kernel).astype("float32"), AMSoftmaxLoss(scale=30)

    def through(rows):  # features over class weights: one compilation for both
        return loss(Y, head.stateless_call([rows[6:]], [], rows[:6])[0])

    def reference(rows):
        x, w = rows[:6], rows[6:]
        directions = w / np.linalg.norm(w, axis=1, keepdims=True)
        unit = x / np.linalg.norm(x, axis=1, keepdims=True)
        target = lambda c: c - 0.35  # noqa: E731
        return np.mean(margin_oracles.margin_loss(unit @ directions.T, Y, target, 30))

    compare(through, reference, np.concatenate([X, w]), slopes=(1e-4, 1e-5))


def test_the_nearest_of_several_directions_counts():
    head = built(CosineDense(4, sub_centers=3), 5)
    assert head.kernel.shape == (12, 5)
    expected = (UNIT @ directions_of(head).T).reshape(6, 4, 3).max(axis=2)
    np.testing.assert_allclose(numpy(head(X)), expected, rtol=1e-5, atol=1e-6)
    assert head.class_vectors() is None and head.feature_targets([0]) is None


def test_feature_targets_are_unit_directions():
    head = built(CosineDense(4), 5)
    directions = directions_of(head)
    soft = np.random.default_rng(0).dirichlet(np.ones(4), size=6)
    targets = numpy(head.feature_targets(soft))
    np.testing.assert_allclose(targets, soft @ directions, atol=1e-6)
    targets = numpy(head.feature_targets(np.array([2, 4])))
    np.testing.assert_allclose(targets[0], directions[2], atol=1e-6)
    assert np.all(np.isnan(targets[1]))
