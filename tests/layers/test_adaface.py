"""AdaFace against float64 NumPy: margins, statistics over batches, gradients."""

import numpy as np
import pytest

from keras_pod.layers import AdaFaceDense
from keras_pod.losses import CrossEntropyLoss
from tests import heads
from tests.gradients import compare
from tests.heads import built, numpy
from tests.margin_oracles import cross_entropy, margin, rows_of

K, N = 4, 5
RNG = np.random.default_rng(0)
X = (RNG.normal(size=(8, N)) * RNG.uniform(1, 40, (8, 1))).astype("float32")
Y = RNG.integers(K, size=8)
SOFT = RNG.dirichlet(np.ones(K), size=8).astype("float32")


def target(cosine, angle, m):
    """cos(theta + angle) less the additive margin that goes with that angle."""
    theta = np.arccos(cosine)
    turned = margin(cosine, 1, angle) if angle > 0 else np.cos(max(theta + angle, 0))
    return turned - (m - angle)


def moved(old, x, momentum=0.99):
    """The moving mean and deviation with a batch in, from those before or None."""
    norms = np.linalg.norm(np.asarray(x, "float64"), axis=1)
    new = np.array([norms.mean(), norms.std(ddof=1)])
    return new if old is None else momentum * old + (1 - momentum) * new


def logits(x, w, labels, state, m=0.4, h=0.333):
    x = np.asarray(x, "float64")
    norms = np.linalg.norm(x, axis=1)
    directions = w / np.linalg.norm(w, axis=1, keepdims=True)
    out = (x / norms[:, None]) @ directions.T
    for i, weights in enumerate(rows_of(labels, K)):
        z = np.clip(h * (norms[i] - state[0]) / (state[1] + 1e-3), -1, 1)
        for j in range(K):
            whole = target(out[i, j], -m * z, m)
            out[i, j] += weights[j] * (whole - out[i, j])
    return out


@pytest.mark.parametrize("labels", [Y, Y[:, None], SOFT], ids=["int", "column", "soft"])
@pytest.mark.parametrize("h", [0.333, 2.0])
def test_logits_and_statistics_over_batches(labels, h):
    head = built(AdaFaceDense(K, concentration=h, momentum=0.8), N)
    w, state = numpy(head.kernel), None
    for factor in (1.0, 3.0, 0.2):
        x = np.float32(factor) * X
        state = moved(state, x, 0.8)
        found = numpy(head.training_logits(labels, x))
        expected = logits(x, w, labels, state, h=h)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=2e-5)
        head.update_from_batch(labels, x)
        found = numpy(head.norm_mean), numpy(head.norm_deviation)
        np.testing.assert_allclose(found, state, rtol=1e-5)


def test_the_gradient_takes_the_norms_rank_for_a_constant():
    head, loss = built(AdaFaceDense(K), N), CrossEntropyLoss(scale=16)
    w = numpy(head.kernel)
    state = moved(None, X)
    ranks = np.linalg.norm(np.asarray(X, "float64"), axis=1, keepdims=True)

    def reference(x):
        # The features move, their norms stay.
        x = x * ranks / np.linalg.norm(x, axis=1, keepdims=True)
        rows = 16 * logits(x, w, Y, state)
        return np.mean(
            [cross_entropy(r, np.eye(K)[y]) for r, y in zip(rows, Y, strict=True)]
        )

    ours = lambda x: loss(Y, head.training_logits(Y, x))  # noqa: E731
    compare(ours, reference, X, rtol=1e-4, slopes=(2e-3, 1e-5))


def test_in_fit_a_rising_margin_comes_in_and_scores_are_plain():
    head = AdaFaceDense(K, rising_margin=True)
    model = heads.classifier(head, CrossEntropyLoss(16), dim=N)
    w = numpy(head.kernel)
    plain = np.asarray(numpy(head(X)))
    for share in (0.0, 0.5, 1.0):
        head.norm_mean.assign(0.0)
        head.margin_share.assign(share)
        rows = plain + share * (logits(X, w, Y, moved(None, X)) - plain)
        expected = [
            cross_entropy(16 * r, np.eye(K)[y]) for r, y in zip(rows, Y, strict=True)
        ]
        found = model.train_on_batch(X, Y)
        np.testing.assert_allclose(np.ravel(found)[0], np.mean(expected), rtol=1e-4)
        model.reset_metrics()
    np.testing.assert_allclose(numpy(head.norm_mean), moved(None, X)[0], rtol=1e-5)
    before = numpy(head.norm_deviation)
    expected = [
        cross_entropy(16 * r, np.eye(K)[y]) for r, y in zip(plain, Y, strict=True)
    ]
    found = model.evaluate(2 * X, Y, verbose=0)
    np.testing.assert_allclose(np.ravel(found)[0], np.mean(expected), rtol=1e-4)
    assert numpy(head.norm_deviation) == before


def test_one_sample_has_the_mean_norm():
    head = built(AdaFaceDense(K, margin=0.3), N)
    found = numpy(head.training_logits(Y[:1], X[:1]))[0]
    expected = numpy(head(X[:1]))[0] - 0.3 * np.eye(K)[Y[0]]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_batch_that_is_not_finite_leaves_the_statistics():
    head = built(AdaFaceDense(3), 4)
    head.update_from_batch(np.array([0, 1]), np.full((2, 4), np.nan))
    assert float(head.norm_mean) == float(head.norm_deviation) == 0
    head.update_from_batch(np.array([0, 1]), np.ones((2, 4)))
    assert float(head.norm_mean) == pytest.approx(2)
