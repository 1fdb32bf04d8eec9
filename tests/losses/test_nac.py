"""NaC and Cosine Loss, together with the head that makes their scores."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_pod.layers import PEDCC
from keras_pod.losses import CosineLoss, NaCLoss, pod
from tests import oracles
from tests.gradients import compare, value_and_gradient
from tests.heads import built, numpy
from tests.processes import ROOT


def head_with(centroids, delta, norm="additive"):
    head = PEDCC(len(centroids), alpha=0.01, centroids=centroids, norm=norm)
    built(head, np.shape(centroids)[1]).delta.assign(delta)
    return head


@pytest.mark.parametrize(
    ("norm", "score", "loss", "gradient"),
    [
        ("additive", 0.3, 0.49, (-0.1148, 0.0336)),
        ("quadratic", 0.424264, 0.331472, (-0.133531, 0.039082)),
    ],
)
def test_check_values(norm, score, loss, gradient):
    # docs/papers.md, 2.28: x=(3,4), p=(1,0), delta=5
    head = head_with(np.array([[1.0, 0], [-1.0, 0]]), 5.0, norm)
    x = np.array([[3.0, 4.0]], "float32")
    np.testing.assert_allclose(float(head(x)[0, 0]), score, rtol=1e-5)
    value, found = value_and_gradient(lambda x: NaCLoss()(np.array([0]), head(x)), x)
    np.testing.assert_allclose(value, loss, rtol=1e-5)
    np.testing.assert_allclose(found, [gradient], rtol=1e-3)
    radial = np.sum(found * x / 5)
    if norm == "additive":
        np.testing.assert_allclose(radial, -0.042, rtol=1e-4)


def test_cosine_loss_check_value():
    head = PEDCC(2, alpha=None, centroids=np.array([[1.0, 0], [-1.0, 0]]))
    loss = CosineLoss()(np.array([0]), head(np.array([[0.6, 0.8]])))
    np.testing.assert_allclose(float(loss), 0.16, rtol=1e-6)
    half = CosineLoss(0.5)(np.array([0]), head(np.array([[0.6, 0.8]])))
    np.testing.assert_allclose(float(half), 0.08, rtol=1e-6)


CASES = {
    "usual": (8, 5, 7),
    "one sample": (1, 5, 7),
    "two classes": (6, 2, 3),
    "k = n + 1": (6, 4, 3),
    "two classes in one dimension": (4, 2, 1),
}


@pytest.mark.parametrize("norm", ["additive", "quadratic"])
@pytest.mark.parametrize("delta", [0.0, 0.3])
@pytest.mark.parametrize(
    ("case", "compiled"), [*((case, False) for case in CASES), ("usual", True)]
)
def test_value_and_gradient_against_float64(case, delta, norm, compiled):
    batch, k, n = CASES[case]
    rng = np.random.default_rng(1)
    x = rng.normal(size=(batch, n)).astype("float32")
    y = rng.integers(k, size=batch)
    centroids = oracles.simplex(k, n)
    head = head_with(centroids, delta, norm)
    compare(
        lambda x: NaCLoss()(y, head(x)),
        lambda x: oracles.nac_loss(x, y, centroids, delta, norm),
        x,
        atol=1e-7,
        compiled=compiled,
    )


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_computes_in_float32(policy):
    keras.config.set_dtype_policy(policy)
    half = policy.removeprefix("mixed_")
    rng = np.random.default_rng(2)
    # Norms near 3e4: squares overflow in half precision.
    x = ops.cast(1e4 * rng.normal(size=(8, 7)), half)
    y = rng.integers(5, size=8)
    centroids = oracles.simplex(5, 7)
    head = head_with(centroids, 100.0)
    scores = head(x)
    assert keras.backend.standardize_dtype(scores.dtype) == "float32"
    rounded = numpy(ops.cast(x, "float32"))
    expected = oracles.nac_loss(rounded, y, centroids, 100.0)
    np.testing.assert_allclose(float(NaCLoss()(y, scores)), expected, rtol=1e-5)
    _, gradient = value_and_gradient(
        lambda x: ops.cast(NaCLoss()(y, head(ops.cast(x, half))), "float32"),
        rounded.astype("float32"),
    )
    assert np.all(np.isfinite(gradient))


@pytest.mark.parametrize("norm", ["additive", "quadratic"])
@pytest.mark.parametrize("delta", [0.0, 0.25])
def test_zero_feature(delta, norm):
    centroids = oracles.simplex(3, 4)
    head = head_with(centroids, delta, norm)
    x = np.zeros((1, 4), "float32")
    value, gradient = value_and_gradient(lambda x: NaCLoss()(np.array([1]), head(x)), x)
    assert value == 1
    expected = -2 * centroids[1] / delta if delta else np.zeros(4)
    np.testing.assert_allclose(gradient[0], expected, rtol=1e-5, atol=1e-7)


def test_range_of_the_cosine_loss():
    centroids = oracles.simplex(4, 6)
    head = head_with(centroids, 0.0)
    aligned, opposite = centroids[:1] * 9, -centroids[:1] * 9
    y = np.array([0])
    np.testing.assert_allclose(float(NaCLoss()(y, head(aligned))), 0, atol=1e-6)
    np.testing.assert_allclose(float(NaCLoss()(y, head(opposite))), 4, rtol=1e-6)


def test_radial_gradient_grows_small_norms_most():
    # Claim C5: at a fixed angle with cos > 0, the push outwards falls with the norm.
    centroids = oracles.simplex(3, 2)
    for norm in ("additive", "quadratic"):
        head = head_with(centroids, 1.0, norm)
        push = []
        for r in (1.5, 3.0, 6.0):
            x = r * (centroids[:1] * 0.8 + np.array([[0.6, -0.6]]) * 0.1)
            x = x.astype("float32")
            _, g = value_and_gradient(lambda x: NaCLoss()(np.array([0]), head(x)), x)  # noqa: B023
            push.append(-np.sum(g * x) / np.linalg.norm(x))
        assert push[0] > push[1] > push[2] > 0


def test_soft_labels_ask_for_the_mean_score():
    scores = np.array([[0.8, 0.2, -0.6]], "float32")
    loss = NaCLoss()(np.array([[0.5, 0.25, 0.25]]), scores)
    np.testing.assert_allclose(float(loss), (1 - 0.3) ** 2, rtol=1e-6)


def test_sample_weight():
    scores = np.array([[0.5, 0.0], [0.0, 0.2]], "float32")
    loss = NaCLoss()(np.array([0, 1]), scores, sample_weight=np.array([2.0, 0.0]))
    np.testing.assert_allclose(float(loss), 2 * 0.25 / 2, rtol=1e-6)


def test_a_recipe_that_was_not_called_is_explained():
    model = keras.Sequential([keras.Input((4,)), PEDCC(3)])
    model.compile("sgd", loss=pod)
    with pytest.raises(ValueError, match=r"compile\(loss=keras_pod.losses.pod\(\)\)"):
        model.fit(np.ones((6, 4)), np.arange(6) % 3, verbose=0)


def test_the_docstring_has_the_words_of_keras_for_a_plain_model():
    # Nothing of a loss is called before Keras refuses it, so the documentation has to
    # say what that means.
    x, y = np.ones((6, 4)), np.arange(6) % 3
    inputs = keras.Input((4,))
    scores = keras.layers.Dense(3, name="dense")(inputs)
    plain = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    said = " ".join(pod.__doc__.split())
    guide = " ".join((ROOT / "docs/guides/first-classifier.md").read_text().split())
    for model in (plain, keras.Model(inputs, scores)):
        model.compile("sgd", loss=pod())
        with pytest.raises((TypeError, ValueError)) as caught:
            model.fit(x, y, verbose=0)
        assert str(caught.value) in said
        assert str(caught.value) in guide
