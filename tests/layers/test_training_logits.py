"""Heads that train on other scores than they predict, against float64 NumPy."""

import numpy as np
import pytest
from scipy.special import logsumexp

from keras_pod.callbacks import AnnealMargin
from keras_pod.layers import (
    AdaCosDense,
    AdaFaceDense,
    AngularDense,
    ComplementDense,
    CosineDense,
    LogitAdjustedDense,
    MagFaceDense,
)
from keras_pod.losses import CrossEntropyLoss
from tests import heads
from tests.gradients import compare, value_and_gradient
from tests.heads import built, numpy
from tests.oracles import cross_entropy, margin, psi

K, N = 4, 5
RNG = np.random.default_rng(0)
X = RNG.normal(size=(8, N))
# Within both of MagFace's limits, and beyond each.
LENGTHS = np.array([[3, 12, 20, 40, 60, 90, 108, 200]]).T
X = (X / np.linalg.norm(X, axis=1, keepdims=True) * LENGTHS).astype("float32")
NORMS = np.linalg.norm(X.astype("float64"), axis=1)
W = RNG.normal(size=(K, N)).astype("float32")
Y = RNG.integers(K, size=8)
SOFT = RNG.dirichlet(np.ones(K), size=8).astype("float32")
FORMS = {"int": (Y, np.eye(K)[Y]), "soft": (SOFT, SOFT.astype("float64"))}
EVERY_FORM = pytest.mark.parametrize("form", FORMS)


def cosines(x, w):
    unit = np.asarray(x, "float64")
    unit = unit / np.linalg.norm(unit, axis=1, keepdims=True)
    return unit @ (w / np.linalg.norm(w, axis=1, keepdims=True)).T


def entropy(logits, rows):
    pairs = zip(np.asarray(logits, "float64"), rows, strict=True)
    return np.mean([cross_entropy(*pair) for pair in pairs])


def next_scale(cosines, rows, scale):
    """AdaCos's formula, angle by angle."""
    total = logsumexp(scale * cosines, b=1 - rows) - np.log(len(rows))
    angles = np.arccos(np.sum(rows * cosines, axis=1))
    median = sorted(angles)[(len(angles) - 1) // 2]
    return max(total / np.cos(min(np.pi / 4, median)), 1.0)


FIRST_SCALE = np.sqrt(2) * np.log(K - 1)


def adacos(x, w, rows):
    # The scale is a constant for the gradient.
    return next_scale(cosines(X, W), rows, FIRST_SCALE) * cosines(x, w)


def moved(old, x, momentum=0.99):
    """AdaFace's mean and deviation with a batch in, from those before or None."""
    norms = np.linalg.norm(np.asarray(x, "float64"), axis=1)
    new = np.array([norms.mean(), norms.std(ddof=1)])
    return new if old is None else momentum * old + (1 - momentum) * new


def adaface_logits(cosines, norms, rows, state, h=0.333, m=0.4):
    out = cosines.copy()
    for i, j in np.ndindex(out.shape):
        angle = -m * np.clip(h * (norms[i] - state[0]) / (state[1] + 1e-3), -1, 1)
        theta = np.arccos(out[i, j]) + angle
        turned = margin(out[i, j], 1, angle) if angle > 0 else np.cos(max(theta, 0))
        out[i, j] += rows[i, j] * (turned - (m - angle) - out[i, j])
    return out


def adaface(x, w, rows):
    # The features' norms are constants for the gradient.
    return adaface_logits(cosines(x, w), NORMS, rows, moved(None, X))


def magface(x, w, rows, low=(0.45, 10.0), high=(0.8, 110.0)):
    out, norms = cosines(x, w), np.linalg.norm(x, axis=1)
    for i, j in np.ndindex(out.shape):
        a = np.clip(norms[i], low[1], high[1])
        m = low[0] + (high[0] - low[0]) * (a - low[1]) / (high[1] - low[1])
        out[i, j] += rows[i, j] * (margin(out[i, j], 1, m) - out[i, j])
    return out


def angular(unit_weights, anneal=2.0):
    def logits(x, w, rows):
        found, lengths = cosines(x, w), np.linalg.norm(x, axis=1, keepdims=True)
        if not unit_weights:
            lengths = lengths * np.linalg.norm(w, axis=1)
        return lengths * (found + rows * (np.vectorize(psi)(found, 4, anneal) - found))

    return logits


def adjusted(x, w, rows):
    return x @ w + 0.3 * np.log([0.4, 0.3, 0.2, 0.1])


ADJUSTED = LogitAdjustedDense(K, 0.3, [40, 30, 20, 10], use_bias=False)
# The head, its class weights, how long features are, the scale of its loss, and its
# scores in training.
CASES = {
    "adacos": (AdaCosDense(K), W, 1, 1, adacos),
    "adaface": (AdaFaceDense(K), W, 1, 16, adaface),
    "magface": (MagFaceDense(K), W, 1, 16, magface),
    "a-softmax": (AngularDense(K, 4, True, 2.0), W, 40, 1, angular(True)),
    "l-softmax": (AngularDense(K, 4, False, 2.0), W, 40, 1, angular(False)),
    "logit-adjusted": (ADJUSTED, W.T, 40, 1, adjusted),
}


@pytest.mark.parametrize("name", CASES)
def test_value_and_gradient_against_float64(name):
    """By features and class weights, of integer labels and soft ones together."""
    head, weights, shorter, scale, logits = CASES[name]
    built(head, N).kernel.assign(weights)
    loss, x = CrossEntropyLoss(scale), X / np.float32(shorter)

    def through(x):
        return loss(Y, head.training_logits(Y, x)) + 2 * loss(
            SOFT, head.training_logits(SOFT, x)
        )

    def reference(row):
        x, w = heads.parts(head, row, X.shape)
        (_, hard), (_, soft) = FORMS.values()
        first, second = (scale * logits(x, w, rows) for rows in (hard, soft))
        return entropy(first, hard) + 2 * entropy(second, soft)

    row = heads.in_a_row(head, x)
    through = heads.of_row(head, through, X.shape)
    compare(through, reference, row, rtol=1e-4, slopes=(2e-3, 1e-5), step=1e-5)
    # Integer labels of both forms are one.
    column = numpy(head.training_logits(Y[:, None], x))
    np.testing.assert_array_equal(column, numpy(head.training_logits(Y, x)))


def test_a_head_that_no_classifier_asks_says_so_once(caplog):
    asked = heads.classifier(AdaFaceDense(K), CrossEntropyLoss(), dim=N).head
    rising = CosineDense(K, rising_margin=True)
    kinds = AdaCosDense, MagFaceDense, LogitAdjustedDense, ComplementDense, CosineDense
    for head in (asked, rising, *(kind(K) for kind in kinds)):
        head(X)
        for _ in range(2):
            head(X, training=True)
    assert caplog.text.count("outside a keras_pod.Classifier") == 5


# -- AdaCos -----------------------------------------------------------------------


@EVERY_FORM
@pytest.mark.parametrize(
    ("batch", "near", "scale"),
    [(6, 5, FIRST_SCALE), (7, 0, FIRST_SCALE), (7, 5, FIRST_SCALE), (7, 0, 5000.0)],
)
def test_the_scale_follows_the_batches(form, batch, near, scale):
    labels, rows = (values[:batch] for values in FORMS[form])
    head = built(AdaCosDense(K), N)
    w = numpy(head.kernel)
    # Beyond 45 degrees the median is cut; near their classes it is not.
    x = X[:batch] / LENGTHS[:batch] + near * rows @ w / np.linalg.norm(w)
    x = x.astype("float32")
    np.testing.assert_allclose(numpy(head.scale), FIRST_SCALE, rtol=1e-6)
    head.scale.assign(scale)
    for _ in range(3):
        scale = next_scale(cosines(x, w), rows, scale)
        head.update_from_batch(labels, x)
        np.testing.assert_allclose(numpy(head.scale), scale, rtol=2e-5)


def test_scales_that_stay():
    fixed = built(AdaCosDense(K, dynamic=False), N)
    fixed.update_from_batch(Y, X)
    np.testing.assert_allclose(numpy(fixed.scale), FIRST_SCALE, rtol=1e-6)
    scores = numpy(fixed.training_logits(Y, X))
    np.testing.assert_allclose(scores, numpy(fixed(X)), rtol=1e-6)
    two = built(AdaCosDense(2), N)
    assert float(two.scale) == 1.0
    two.update_from_batch(Y % 2, X)
    assert float(two.scale) >= 1.0
    # A batch that is not finite leaves it.
    head = built(AdaCosDense(3), 4)
    before = float(head.scale)
    head.update_from_batch(np.array([0, -1]), np.ones((2, 4)))
    assert float(head.scale) == before
    with pytest.raises(ValueError, match="rising_margin"):
        AdaCosDense(3, rising_margin=True)


# -- AdaFace and MagFace ----------------------------------------------------------


@EVERY_FORM
@pytest.mark.parametrize("h", [0.333, 2.0])
def test_norms_are_ranked_over_batches(form, h):
    labels, rows = FORMS[form]
    head = built(AdaFaceDense(K, concentration=h, momentum=0.8), N)
    w, state = numpy(head.kernel), None
    for factor in (1.0, 3.0, 0.2):
        x = np.float32(factor) * X
        state = moved(state, x, 0.8)
        found = numpy(head.training_logits(labels, x))
        expected = adaface_logits(cosines(x, w), factor * NORMS, rows, state, h)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=2e-5)
        head.update_from_batch(labels, x)
        found = numpy(head.norm_mean), numpy(head.norm_deviation)
        np.testing.assert_allclose(found, state, rtol=1e-5)


def test_a_rising_margin_comes_in():
    head = AdaFaceDense(K, rising_margin=True)
    model = heads.classifier(head, CrossEntropyLoss(16), dim=N)
    rows, plain = FORMS["int"][1], cosines(X, numpy(head.kernel))
    whole = adaface_logits(plain, NORMS, rows, moved(None, X))
    for share in (0.0, 0.5, 1.0):
        head.norm_mean.assign(0.0)
        head.margin_share.assign(share)
        expected = entropy(16 * (plain + share * (whole - plain)), rows)
        found = np.ravel(model.train_on_batch(X, Y))[0]
        np.testing.assert_allclose(found, expected, rtol=1e-4)
        model.reset_metrics()
    found = np.ravel(model.evaluate(2 * X, Y, verbose=0))[0]
    np.testing.assert_allclose(found, entropy(16 * plain, rows), rtol=1e-4)


def test_one_sample_has_the_mean_norm_and_one_that_is_not_finite_none():
    head = built(AdaFaceDense(K, margin=0.3), N)
    found = numpy(head.training_logits(Y[:1], X[:1]))[0]
    expected = numpy(head(X[:1]))[0] - 0.3 * np.eye(K)[Y[0]]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    head.update_from_batch(Y[:2], np.full((2, N), np.nan))
    assert float(head.norm_mean) == float(head.norm_deviation) == 0
    head.update_from_batch(Y[:2], X[:2])
    assert float(head.norm_mean) == pytest.approx(7.5)


# -- A-Softmax and L-Softmax ------------------------------------------------------


@pytest.mark.parametrize("normalise_weights", [True, False])
def test_angular_margins_at_the_edges(normalise_weights):
    head = built(AngularDense(K, 4, normalise_weights, anneal=0), N)
    head.kernel.assign(W)
    # Zero, equal and opposite to a class weight, tiny and huge.
    x = np.stack([0 * W[0], W[0], W[1], -W[0], 1e-8 * W[0], 6e4 * W[1]])
    y = np.zeros(6, "int32")
    value, gradient = value_and_gradient(
        lambda x: CrossEntropyLoss()(y, head.training_logits(y, x)), x
    )
    assert np.isfinite(value) and np.all(np.isfinite(gradient))
    assert np.all(gradient[0] == 0)
    with pytest.raises(ValueError, match="leave `sub_centers` out"):
        AngularDense(K, sub_centers=2)


def test_the_margin_is_annealed_and_metrics_see_none():
    x, rows = X / np.float32(40), FORMS["int"][1]
    head = AngularDense(K, 4)
    model = heads.classifier(head, CrossEntropyLoss(), dim=N, metrics=["accuracy"])
    accuracy = np.mean(numpy(head(x)).argmax(1) == Y)
    anneal = AnnealMargin(start=8.0, stop=2.0, decay=1.0)
    found = model.fit(x, Y, batch_size=8, epochs=6, verbose=0, callbacks=[anneal])
    # 8 / (1 + epoch), until it is 2.
    annealed = (8.0, 4.0, 8 / 3, 2.0, 2.0, 2.0)
    logits = [angular(True, a)(x, numpy(head.kernel), rows) for a in annealed]
    expected = [entropy(one, rows) for one in logits]
    np.testing.assert_allclose(found.history["loss"], expected, rtol=1e-5)
    np.testing.assert_allclose(found.history["accuracy"], accuracy)


# -- logit adjustment -------------------------------------------------------------


def test_labels_are_counted_and_a_batch_after_its_loss():
    head = LogitAdjustedDense(K)
    model = heads.classifier(head, CrossEntropyLoss(), dim=N)
    y, rows = np.array([0, 0, 0, 1, 2, 0, 1, 0]), np.eye(K)  # class 3 is absent
    z, counts = X @ numpy(head.kernel), np.ones(K)
    for batch in (slice(0, 5), slice(5, 8), slice(0, 8)):
        loss = np.ravel(model.train_on_batch(X[batch], y[batch]))[0]
        priors = np.log(counts / counts.sum())
        expected = entropy(z[batch] + priors, rows[y[batch]])
        np.testing.assert_allclose(loss, expected, rtol=1e-5)
        counts += np.bincount(y[batch], minlength=K)
        model.reset_metrics()
    found = numpy(head._known_priors())
    np.testing.assert_allclose(found, counts / counts.sum(), rtol=1e-5)
    found = np.ravel(model.evaluate(X, y, verbose=0))[0]
    np.testing.assert_allclose(found, entropy(z, rows[y]), rtol=1e-5)


def test_soft_labels_and_very_many_are_counted():
    head = built(LogitAdjustedDense(K), N)
    head.update_from_batch(SOFT, X)
    expected = (SOFT.sum(0) + 1) / (8 + K)
    np.testing.assert_allclose(numpy(head._known_priors()), expected, rtol=1e-5)
    head.seen.assign(1e9)
    head.shares.assign([0.25] * K)
    for _ in range(3):
        head.update_from_batch(np.zeros(2**20, "int32"), None)
    assert numpy(head.shares)[0] > 0.25 + 2e-3
