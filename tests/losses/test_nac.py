"""NaC, Cosine Loss, PEDCC-Loss and POD, with the head that makes their scores."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_pod.layers import PEDCC
from keras_pod.losses import NaCLoss, PEDCCLoss, pod
from tests import margin_oracles, oracles
from tests.gradients import compare, value_and_gradient
from tests.heads import built, numpy
from tests.processes import ROOT

NORMS = pytest.mark.parametrize("norm", ["additive", "quadratic"])


def head_with(centroids, delta, norm="additive"):
    head = PEDCC(len(centroids), alpha=0.01, centroids=centroids, norm=norm)
    built(head, np.shape(centroids)[1]).delta.assign(delta)
    return head


@NORMS
@pytest.mark.parametrize(
    ("batch", "k", "n", "delta", "compiled"),
    [
        (8, 5, 7, 0.3, False),
        (8, 5, 7, 0.3, True),
        (8, 5, 7, 0.0, False),
        (1, 4, 3, 0.3, False),
        (4, 2, 1, 0.3, False),
    ],
)
def test_nac_against_float64(batch, k, n, delta, compiled, norm):
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


def test_pedcc_loss_against_float64():
    x = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
    y, centroids = np.arange(6) % 4, oracles.simplex(4, 5)
    head = built(PEDCC(4, alpha=None, centroids=centroids), 5)
    loss = PEDCCLoss(scale=7.5, lam=0.3, root=2.0)

    def reference(x):
        cosines = oracles.nac_scores(x, centroids)
        return margin_oracles.pedcc_loss(cosines, y, 0.5, 7.5, 0.3, 2.0)

    compare(lambda x: loss(y, head(x)), reference, x, slopes=(1e-4, 1e-5))


@pytest.mark.parametrize("normalise", [None, "n-1"])
def test_pod_is_nac_plus_lambda_sc(normalise):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 9)).astype("float32"), rng.integers(5, size=16)
    centroids = oracles.simplex(5, 9)
    head = PEDCC(5, centroids=centroids)
    losses = pod(lam=0.7, sc_normalise=normalise)
    total = losses["logits"](y, head(x))
    total += losses["features"](head.target_centroids(y), x)
    delta = 0.01 * 1 * 0.05
    expected = oracles.nac_loss(x, y, centroids, delta)
    expected += 0.7 * oracles.sc_loss(x, centroids[y], normalise)
    np.testing.assert_allclose(float(total), expected, rtol=1e-5)


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


@NORMS
@pytest.mark.parametrize("delta", [0.0, 0.25])
def test_zero_feature(delta, norm):
    centroids = oracles.simplex(3, 4)
    head = head_with(centroids, delta, norm)
    x = np.zeros((1, 4), "float32")
    value, gradient = value_and_gradient(lambda x: NaCLoss()(np.array([1]), head(x)), x)
    assert value == 1
    expected = -2 * centroids[1] / delta if delta else np.zeros(4)
    np.testing.assert_allclose(gradient[0], expected, rtol=1e-5, atol=1e-7)


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
