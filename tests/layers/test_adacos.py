"""AdaCos: its scales, and the gradient at them, against float64 NumPy."""

import keras
import numpy as np
import pytest

from keras_pod.layers import AdaCosDense
from keras_pod.losses import CosSoftmaxLoss, CrossEntropyLoss
from tests import heads
from tests.gradients import compare
from tests.heads import built, numpy
from tests.margin_oracles import margin_loss, rows_of

K, N = 4, 5
RNG = np.random.default_rng(0)
X = RNG.normal(size=(7, N)).astype("float32")
Y = RNG.integers(K, size=7)
SOFT = RNG.dirichlet(np.ones(K), size=7).astype("float32")


def cosines(x, w):
    unit = np.asarray(x, "float64")
    unit = unit / np.linalg.norm(unit, axis=1, keepdims=True)
    return unit @ (w / np.linalg.norm(w, axis=1, keepdims=True)).T


def next_scale(cosines, rows, scale):
    """The paper's formula, angle by angle."""
    total, angles = 0.0, []
    for row, weights in zip(cosines, rows, strict=True):
        total += np.sum((1 - weights) * np.exp(scale * row))
        angles.append(np.arccos(np.sum(weights * row)))
    median = sorted(angles)[(len(angles) - 1) // 2]
    fitted = np.log(total / len(rows)) / np.cos(min(np.pi / 4, median))
    return max(fitted, 1.0)


@pytest.mark.parametrize("near", [0.0, 5.0])
@pytest.mark.parametrize("batch", [6, 7])
@pytest.mark.parametrize("labels", [Y, Y[:, None], SOFT], ids=["int", "column", "soft"])
def test_the_scale_follows_the_batches(labels, batch, near):
    head = built(AdaCosDense(K), N)
    w, rows = numpy(head.kernel), rows_of(labels, K)[:batch]
    # Beyond 45 degrees the median is cut; near their classes it is not.
    x = (X[:batch] + near * rows @ w / np.linalg.norm(w)).astype("float32")
    scale = np.sqrt(2) * np.log(K - 1)
    np.testing.assert_allclose(numpy(head.scale), scale, rtol=1e-6)
    for _ in range(3):
        plain = cosines(x, w)
        np.testing.assert_allclose(numpy(head(x)), scale * plain, rtol=1e-4, atol=1e-6)
        scale = next_scale(plain, rows, scale)
        # The batch's own loss has the new scale.
        found = numpy(head.training_logits(labels[:batch], x))
        np.testing.assert_allclose(found, scale * plain, rtol=1e-4, atol=1e-6)
        head.update_from_batch(labels[:batch], x)
        np.testing.assert_allclose(numpy(head.scale), scale, rtol=1e-5)


def test_the_scale_is_a_constant_for_the_gradient():
    head = built(AdaCosDense(K), N)
    w = numpy(head.kernel)
    scale = next_scale(cosines(X, w), np.eye(K)[Y], np.sqrt(2) * np.log(K - 1))
    loss = CrossEntropyLoss()

    def reference(x):
        return np.mean(margin_loss(cosines(x, w), Y, lambda c: c, scale))

    ours = lambda x: loss(Y, head.training_logits(Y, x))  # noqa: E731
    compare(ours, reference, X, slopes=(1e-3, 1e-6))


def test_a_scale_of_thousands_does_not_overflow():
    head = built(AdaCosDense(K), N)
    head.scale.assign(5000.0)
    expected = next_scale_of_logs(cosines(X, numpy(head.kernel)), 5000.0)
    head.update_from_batch(Y, X)
    np.testing.assert_allclose(numpy(head.scale), expected, rtol=1e-4)


def next_scale_of_logs(cosines, scale):
    others = np.array(
        [
            scale * c
            for i, row in enumerate(cosines)
            for j, c in enumerate(row)
            if j != Y[i]
        ]
    )
    log_mean = others.max() + np.log(np.sum(np.exp(others - others.max())) / len(Y))
    angles = np.arccos(cosines[np.arange(len(Y)), Y])
    return log_mean / np.cos(min(np.pi / 4, np.median(angles)))


def test_in_fit_and_not_in_evaluate():
    head = AdaCosDense(K)
    model = heads.classifier(head, CrossEntropyLoss(), dim=N)
    w = numpy(head.kernel)
    first = float(head.scale)
    model.evaluate(X, Y, verbose=0)
    assert float(head.scale) == first
    model.fit(X, Y, batch_size=7, epochs=2, verbose=0)
    scale = first
    for _ in range(2):
        scale = next_scale(cosines(X, w), np.eye(K)[Y], scale)
    np.testing.assert_allclose(numpy(head.scale), scale, rtol=1e-4)


def test_the_fixed_scale_is_a_softmax_on_scaled_cosines():
    head = built(AdaCosDense(K, dynamic=False), N)
    head.update_from_batch(Y, X)
    scale = np.sqrt(2) * np.log(K - 1)
    np.testing.assert_allclose(numpy(head.scale), scale, rtol=1e-6)
    ours = CrossEntropyLoss()(Y, head.training_logits(Y, X))
    theirs = CosSoftmaxLoss(scale)(Y, head(X) / keras.ops.convert_to_tensor(head.scale))
    np.testing.assert_allclose(float(ours), float(theirs), rtol=1e-6)


def test_two_classes_have_a_scale():
    head = built(AdaCosDense(2), N)
    assert float(head.scale) == 1.0
    head.update_from_batch(Y % 2, X)
    assert float(head.scale) >= 1.0


def test_a_batch_that_is_not_finite_leaves_the_scale():
    head = built(AdaCosDense(3), 4)
    before = float(head.scale)
    head.update_from_batch(np.array([0, -1]), np.ones((2, 4)))
    assert float(head.scale) == before
    with pytest.raises(ValueError, match="rising_margin"):
        AdaCosDense(3, rising_margin=True)
