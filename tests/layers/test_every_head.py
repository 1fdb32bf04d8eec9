"""True of every head: its formula, labels of each form, weights, half precision."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_pod import layers
from keras_pod.layers import CosineDense, Head
from keras_pod.losses import COTLoss, CrossEntropyLoss
from tests import heads, oracles
from tests.gradients import compare, value_and_gradient
from tests.heads import numpy

K, N = 4, 3
RNG = np.random.default_rng(1)
X = RNG.normal(size=(5, N)).astype("float32")
Y = np.array([0, 2, 2, 3, 1])
SOFT = RNG.dirichlet(np.ones(K), size=5).astype("float32")


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def kernels(x, rows, gamma):
    return np.exp(-np.sum(np.square(x[:, None] - rows), axis=2) / gamma)


def nearest(x, w):
    return (unit(x) @ unit(w).T).reshape(len(x), K, -1).max(axis=2)


def gaussians(x, means, log_variances=0.0):
    gaps = np.square(x[:, None] - means) * np.exp(-np.asarray(log_variances))
    # The determinant that all classes share is left out.
    of_class = log_variances if np.ndim(log_variances) == 2 else 0
    return -np.sum(gaps + of_class, axis=2) / 2


def prototypes(x, w):
    rows = w.reshape(K, -1, N)
    return np.log(sum(kernels(x, rows[:, m], 1.0) for m in range(rows.shape[1])))


def with_variances(means, log_variances):
    rows = np.broadcast_to(log_variances, means.shape)
    return np.concatenate([means, rows], axis=1)


# Scores of features and trained weights, in float64.
SCORES = {
    "linear": lambda x, w, b=0, radius=0: x @ w + b,
    "products": lambda x, w: x @ w.T,
    "cosines": lambda x, w: unit(x) @ unit(w).T,
    "first scale": lambda x, w: np.sqrt(2) * np.log(K - 1) * unit(x) @ unit(w).T,
    "lengths": lambda x, w: x @ unit(w).T,
    "nearest": nearest,
    "gaussians": gaussians,
    "prototypes": prototypes,
    "kernels": lambda x, w: 3 * kernels(x / N**0.5, w, 1.5),
    "doubled": lambda x, w: 4 * kernels(2 * x, w, 2),
    "network": lambda x, mu, w, b: kernels(0.8 * x, mu, 1.5) @ w + b,
    "additive": lambda x, p: oracles.nac_scores(x, p, 0.7),
    "quadratic": lambda x, p: oracles.nac_scores(x, p, 0.7, "quadratic"),
}
# The place of each class among the features, or what a label of it asks for.
ROWS = {
    "rows": lambda w: w,
    "columns": lambda w, *rest: w.T,
    "directions": unit,
    "first": lambda mean, *rest: mean,
    "both": with_variances,
    "last": lambda *weights: weights[-1],
    "half": lambda w: w / 2,
    "wide": lambda w: w * N**0.5,
    "none": None,
}


UNITS = {"units": 7, "gamma": 1.5, "feature_scale": 0.8}
LONG, HEAVY = {"normalise_features": False}, {"normalise_weights": False}
# A head, its scores, the places of its classes, their targets, and its options.
CASES = [
    (layers.AdaCosDense, "first scale", "rows", "directions", {}),
    (layers.AdaFaceDense, "cosines", "rows", "directions", {"rising_margin": True}),
    (layers.AngularDense, "lengths", "rows", "directions", {"anneal": 7.0}),
    (layers.AngularDense, "products", "rows", "directions", HEAVY),
    (layers.CenterDense, "linear", "last", "last", {}),
    (layers.ComplementDense, "linear", "columns", "none", {"use_bias": False}),
    (layers.CosineDense, "cosines", "rows", "directions", {"rising_margin": True}),
    (layers.CosineDense, "nearest", "none", "none", {"sub_centers": 3}),
    (layers.CosineDense, "lengths", "rows", "directions", LONG),
    (layers.CosineDense, "products", "rows", "directions", LONG | HEAVY),
    (layers.GaussianMixture, "gaussians", "first", "both", {"covariance": "diagonal"}),
    (layers.GaussianMixture, "gaussians", "first", "both", {"covariance": "shared"}),
    (layers.GaussianMixture, "gaussians", "first", "first", {}),
    (layers.LogitAdjustedDense, "linear", "columns", "none", {"tau": 0.5}),
    (layers.MagFaceDense, "cosines", "rows", "directions", {"rising_margin": True}),
    (layers.PEDCC, "additive", "rows", "rows", {"reserved": 1}),
    (layers.PEDCC, "quadratic", "rows", "rows", {"norm": "quadratic"}),
    (layers.PEDCC, "products", "rows", "rows", {"alpha": None, "norm": "none"}),
    (layers.PrototypeLogits, "prototypes", "none", "rows", {"prototypes_per_class": 2}),
    (layers.PrototypeLogits, "prototypes", "rows", "rows", {"exact": True}),
    (layers.RBFLogits, "kernels", "wide", "wide", {"scale": 3.0, "gamma": 1.5}),
    (layers.RBFLogits, "doubled", "half", "half", {"feature_scale": 2, "exact": True}),
    (layers.RBFNetwork, "network", "none", "none", UNITS),
    (layers.RingDense, "linear", "columns", "none", {"radius": 2.0}),
]
KINDS = {kind: options for kind, *_, options in reversed(CASES)}
EVERY = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
# What follows a head is like one in this.
LAYERS = KINDS | {layers.ScaledBatchNormalization: {}}
EVERY_LAYER = pytest.mark.parametrize("kind", LAYERS, ids=lambda kind: kind.__name__)


def test_every_head_is_here():
    found = {one for one in vars(layers).values() if isinstance(one, type)}
    assert {one for one in found if issubclass(one, Head)} == {Head, *KINDS}


def made(kind):
    return kind(**({"num_classes": K} if kind in KINDS else {}), **LAYERS[kind])


@pytest.mark.parametrize(
    ("kind", "scores", "vectors", "targets", "options"),
    CASES,
    ids=[f"{kind.__name__}-{scores}" for kind, scores, *_ in CASES],
)
def test_against_float64(kind, scores, vectors, targets, options):
    """The values, and the gradients by features and by every trained weight."""
    head = heads.built(kind(K, **options), N)
    for weight in head.weights:
        if weight.trainable or weight.name == "centers":
            weight.assign(RNG.normal(size=weight.shape))
        elif weight.name == "delta":
            weight.assign(0.7)
    scores, vectors, targets = SCORES[scores], ROWS[vectors], ROWS[targets]
    # Rows that nothing trains come behind the trained weights.
    fixed = [numpy(w) for w in head.weights if w.name in ("centers", "centroids")]
    of_scores = fixed if kind is layers.PEDCC else []
    row = heads.in_a_row(head, X)
    _, *weights = heads.parts(head, row.astype("float64"), X.shape)
    expected = scores(X.astype("float64"), *weights, *of_scores)
    np.testing.assert_allclose(numpy(head(X)), expected, rtol=1e-5, atol=2e-6)

    def hold(function, reference):
        compare(
            heads.of_row(head, function, X.shape),
            lambda row: reference(*heads.parts(head, row, X.shape)),
            row,
            rtol=1e-4,
            atol=1e-5,
            slopes=(1e-3, 2e-5),
        )

    pull = RNG.normal(size=expected.shape).astype("float32")
    hold(
        lambda x: ops.sum(ops.multiply(pull, head(x))),
        lambda x, *weights: np.sum(pull * scores(x, *weights, *of_scores)),
    )
    if vectors is None:
        assert head.class_vectors() is None
    else:
        expected = vectors(*weights, *fixed)
        np.testing.assert_allclose(head.class_vectors(), expected, rtol=1e-5)
    if kind is layers.RingDense:
        return  # One radius for every class, in a test of its own.
    if targets is None:
        assert head.feature_targets(Y) is None
        return
    rows = targets(*weights, *fixed)
    # Of an unknown label they are NaN.
    unknown, nan = np.array([-1, 1, K]), np.full(rows[0].shape, np.nan)
    for labels, expected in (
        *((form, rows[Y]) for form in (Y, Y[:, None], np.eye(K)[Y])),
        (SOFT, SOFT @ rows),
        (unknown, np.stack([nan, rows[1], nan])),
    ):
        found = numpy(head.feature_targets(labels))
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    both = np.eye(K)[Y] + SOFT
    pull = RNG.normal(size=rows[Y].shape).astype("float32")

    def of_both(x):
        found = head.feature_targets(Y) + head.feature_targets(SOFT)
        return ops.sum(ops.multiply(pull, found))

    hold(of_both, lambda x, *w: np.sum(pull * (both @ targets(*w, *fixed))))


@EVERY_LAYER
def test_every_weight_is_saved(kind, tmp_path):
    head = heads.built(made(kind), N)
    # Without it the replicas of a TensorFlow strategy drift apart.
    assert {weight.aggregation for weight in head.non_trainable_weights} <= {"mean"}
    for weight in head.weights:
        noise = np.random.default_rng(0).normal(size=weight.shape)
        weight.assign(numpy(weight) + 0.3 * np.abs(noise))
    inputs = keras.Input((N,))
    keras.Model(inputs, head(inputs)).save(tmp_path / "head.keras")
    again = keras.models.load_model(tmp_path / "head.keras").layers[-1]
    assert len(again.weights) == len(head.weights) > 0
    for a, b in zip(head.weights, again.weights, strict=True):
        assert np.array_equal(numpy(a), numpy(b)), a.path


@EVERY_LAYER
@pytest.mark.parametrize("half", ["float16", "bfloat16"])
def test_it_computes_in_float32_under_a_mixed_policy(kind, half):
    keras.config.set_dtype_policy(f"mixed_{half}")
    head = made(kind)
    # Squares overflow in half precision.
    for low in (ops.cast(X, half), ops.cast(1e4 * X, half)):
        scores = head(low)
        assert keras.backend.standardize_dtype(scores.dtype) == "float32"
        expected = numpy(head(ops.cast(low, "float32")))
        np.testing.assert_allclose(numpy(scores), expected, rtol=1e-6)
        assert np.isfinite(expected).all()
    assert all(w.dtype == "float32" for w in head.weights)


MOVING = [kind for kind in KINDS if kind(3).answers("update_from_batch")]


@pytest.mark.parametrize("kind", MOVING, ids=lambda kind: kind.__name__)
def test_a_batch_moves_the_state_in_training_only(kind):
    """The loss of a batch comes before, and its learning rate is 0 here."""
    head = made(kind)
    loss = COTLoss() if kind is layers.ComplementDense else CrossEntropyLoss()
    model = heads.classifier(head, loss)
    twin = heads.built(kind.from_config(head.get_config()), N)
    twin.set_weights(head.get_weights())
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    before = head.get_weights()
    for found, expected in zip(twin.get_weights(), before, strict=True):
        assert np.array_equal(found, expected)
    model.train_on_batch(X, Y)
    twin.update_from_batch(Y, X)
    # A given radius stays.
    same = map(np.array_equal, head.get_weights(), before)
    assert all(same) == (kind is layers.RingDense)
    for found, expected in zip(head.weights, twin.weights, strict=True):
        np.testing.assert_allclose(numpy(found), numpy(expected), rtol=1e-6)


@EVERY
def test_bad_sizes(kind):
    for bad in (1, 2.5, None):
        with pytest.raises(ValueError, match="`num_classes`"):
            kind(bad)
    for shape in ((None, 4, 4, 3), (None, None)):
        with pytest.raises(ValueError, match="pool or .* a row of each token"):
            kind(3).build(shape)


def test_what_the_base_answers():
    head = Head(3)
    assert head.measure([0], X) == () and head.callbacks() == []
    head.update_from_batch([0], X)
    assert not head.adaptive and not head.fixed and head.gives_cosines is None
    plain = [CosineDense(3, a, b) for a in (True, False) for b in (True, False)]
    assert [one.gives_cosines for one in plain] == [True, False, False, False]


def test_cosines_ignore_every_norm_and_have_no_gradient_at_zero():
    head = heads.built(CosineDense(K), N)
    norms = np.array([[1e-8], [1e-4], [1e2], [6e4], [0.0]], "float32")
    scores = numpy(head(norms * X))
    np.testing.assert_allclose(scores[:4], numpy(head(X))[:4], atol=1e-6)
    assert np.all(scores[4] == 0)
    head.kernel.assign(1e4 * numpy(head.kernel))
    np.testing.assert_allclose(numpy(head(norms * X)), scores, atol=1e-6)
    _, gradient = value_and_gradient(lambda x: ops.sum(head(x)), 0 * X)
    assert np.all(gradient == 0)
