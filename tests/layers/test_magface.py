"""MagFace's margin and its term on norms against float64 NumPy."""

import numpy as np
import pytest

from keras_pod.layers import MagFaceDense
from keras_pod.losses import magface
from tests import heads
from tests.gradients import compare, value_and_gradient
from tests.heads import built, numpy
from tests.margin_oracles import cross_entropy, margin, rows_of

K, N = 4, 5
RNG = np.random.default_rng(0)
UNIT = RNG.normal(size=(8, N))
UNIT /= np.linalg.norm(UNIT, axis=1, keepdims=True)
# Within both limits, and beyond each.
X = (UNIT * np.array([[3, 12, 20, 40, 60, 90, 108, 200]]).T).astype("float32")
Y = RNG.integers(K, size=8)
SOFT = RNG.dirichlet(np.ones(K), size=8).astype("float32")


def logits(x, w, labels, low=(0.45, 10.0), high=(0.8, 110.0)):
    x = np.asarray(x, "float64")
    out = np.zeros((len(x), K))
    for i, weights in enumerate(rows_of(labels, K)):
        norm = np.linalg.norm(x[i])
        a = min(max(norm, low[1]), high[1])
        m = low[0] + (high[0] - low[0]) * (a - low[1]) / (high[1] - low[1])
        for j in range(K):
            cosine = x[i] @ w[j] / norm / np.linalg.norm(w[j])
            out[i, j] = cosine + weights[j] * (margin(cosine, 1, m) - cosine)
    return out


@pytest.mark.parametrize("labels", [Y, Y[:, None], SOFT], ids=["int", "column", "soft"])
def test_logits(labels):
    head = built(MagFaceDense(K), N)
    w = numpy(head.kernel)
    x = np.concatenate([X, -100 * w[Y[:1]]]).astype("float32")  # beyond pi
    labels = np.concatenate([labels, labels[:1]])
    found = numpy(head.training_logits(labels, x))
    np.testing.assert_allclose(found, logits(x, w, labels), rtol=1e-4, atol=1e-5)
    plain = logits(x, w, np.zeros((9, K)))
    np.testing.assert_allclose(numpy(head(x)), plain, rtol=1e-5, atol=1e-6)


def test_the_whole_loss_and_its_gradient_through_the_norms():
    head = MagFaceDense(K)
    model = heads.classifier(head, magface(scale=16, weight=35), dim=N)
    w = numpy(head.kernel)

    def reference(x):
        rows = 16 * logits(x, w, Y)
        entropy = [cross_entropy(r, np.eye(K)[y]) for r, y in zip(rows, Y, strict=True)]
        a = np.clip(np.linalg.norm(x, axis=1), 10, 110)
        return np.mean(entropy) + 35 * np.mean(1 / a + a / 110**2)

    def through(x):
        return model.compute_loss(x, Y, {"logits": head(x), "features": x})

    compare(through, reference, X, slopes=(1e-3, 1e-5), step=1e-5)
    # Easy, long features are drawn up further, none beyond its limit.
    norms = magface()["features"]
    at = np.array([[11.0], [109.0], [111.0], [5.0]], "float32")
    _, slopes = value_and_gradient(lambda x: norms(Y[:4], x), at)
    assert slopes[0] < slopes[1] < 0 and not slopes[2:].any()
