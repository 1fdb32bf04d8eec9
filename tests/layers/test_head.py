"""The base of the heads, and what holds for every one of them."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_pod import layers
from keras_pod.layers import PEDCC, CosineDense, Head
from keras_pod.losses import COTLoss, CrossEntropyLoss
from tests.heads import built, classifier, numpy

X = np.random.default_rng(1).normal(size=(4, 3)).astype("float32")
# With every kind of weight that a head may have.
HEADS = {
    layers.AdaCosDense: {},
    layers.AdaFaceDense: {"rising_margin": True},
    layers.AngularDense: {"anneal": 7.0, "normalise_weights": False},
    layers.CenterDense: {"centers_initializer": "ones"},
    layers.ComplementDense: {"use_bias": False},
    layers.CosineDense: {"rising_margin": True},
    layers.GaussianMixture: {"covariance": "diagonal"},
    layers.LogitAdjustedDense: {"tau": 0.5},
    layers.MagFaceDense: {"rising_margin": True},
    layers.PEDCC: {"reserved": 1},
    layers.PrototypeLogits: {"prototypes_per_class": 2},
    layers.RBFLogits: {"kernel_initializer": "zeros"},
    layers.RBFNetwork: {"units": 7},
    layers.RingDense: {"radius": 2.0},
}
EVERY = pytest.mark.parametrize("kind", HEADS, ids=lambda kind: kind.__name__)
# What follows a head is like one in this.
LAYERS = HEADS | {layers.ScaledBatchNormalization: {}}
EVERY_LAYER = pytest.mark.parametrize("kind", LAYERS, ids=lambda kind: kind.__name__)


def test_every_head_is_here():
    found = {one for one in vars(layers).values() if isinstance(one, type)}
    assert {one for one in found if issubclass(one, Head)} == {Head, *HEADS}


def made(kind):
    return kind(**({"num_classes": 4} if kind in HEADS else {}), **LAYERS[kind])


@EVERY_LAYER
def test_every_weight_is_saved(kind, tmp_path):
    head = built(made(kind), 3)
    # Without it the replicas of a TensorFlow strategy drift apart.
    assert {weight.aggregation for weight in head.non_trainable_weights} <= {"mean"}
    for weight in head.weights:
        noise = np.random.default_rng(0).normal(size=weight.shape)
        weight.assign(numpy(weight) + 0.3 * np.abs(noise))
    inputs = keras.Input((3,))
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


def differ(weight, value):
    return not np.array_equal(numpy(weight), value)


MOVING = [kind for kind in HEADS if kind(3).answers("update_from_batch")]


@pytest.mark.parametrize("kind", MOVING, ids=lambda kind: kind.__name__)
def test_a_batch_moves_the_state_in_training_only(kind):
    """The loss of a batch comes before, and its learning rate is 0 here."""
    head = made(kind)
    loss = COTLoss() if kind is layers.ComplementDense else CrossEntropyLoss()
    model = classifier(head, loss)
    twin = built(kind.from_config(head.get_config()), 3)
    twin.set_weights(head.get_weights())
    labels = np.array([0, 3, 3, 1])
    model.evaluate(X, labels, verbose=0)
    model.predict(X, verbose=0)
    before = head.get_weights()
    assert not any(map(differ, twin.weights, before))
    model.train_on_batch(X, labels)
    twin.update_from_batch(labels, X)
    # A given radius stays.
    moved = [w for w, old in zip(head.weights, before, strict=True) if differ(w, old)]
    assert bool(moved) == (kind is not layers.RingDense)
    for found, expected in zip(head.weights, twin.weights, strict=True):
        np.testing.assert_allclose(numpy(found), numpy(expected), rtol=1e-6)


LINEAR = (
    layers.CenterDense,
    layers.ComplementDense,
    layers.LogitAdjustedDense,
    layers.RingDense,
)


@pytest.mark.parametrize("kind", LINEAR, ids=lambda kind: kind.__name__)
def test_linear_scores(kind):
    head, bias = built(made(kind), 3), 0
    if head.use_bias:
        head.bias.assign([1.0, -2.0, 0.5, 0.0])
        bias = numpy(head.bias)
    expected = X @ numpy(head.kernel) + bias
    np.testing.assert_allclose(numpy(head(X)), expected, rtol=1e-5, atol=1e-6)


@EVERY
def test_bad_sizes(kind):
    for bad in (1, 2.5, None):
        with pytest.raises(ValueError, match="`num_classes`"):
            kind(bad)
    for shape in ((None, 4, 4, 3), (None, None)):
        with pytest.raises(ValueError, match="pool or flatten them first"):
            kind(3).build(shape)


def test_what_the_base_answers():
    head = Head(3)
    assert head.feature_targets([0]) is None and head.class_vectors() is None
    assert head.logit_targets(X) is X
    assert head.measure([0], X) == () and head.callbacks() == []
    head.update_from_batch([0], X)
    assert not head.adaptive and not head.fixed and head.gives_cosines is None
    assert head.get_config()["num_classes"] == 3
    questions = ("feature_targets", "training_logits", "target_scores")
    assert [head.answers(q) for q in questions] == [False] * 3
    assert [CosineDense(3).answers(q) for q in questions] == [True, False, False]
    assert [PEDCC(3).answers(q) for q in questions] == [True, False, True]


@EVERY
def test_the_class_vectors_are_where_a_class_is(kind):
    """A feature there is of that class, where the head has such a place."""
    head = built(kind(3, **HEADS[kind]), 3)
    rows = 2 * np.eye(3)
    if kind is layers.CenterDense:
        head.centers.assign(rows)
    elif kind is layers.PEDCC:
        rows = numpy(head.centroids)
    elif kind not in (layers.PrototypeLogits, layers.RBFNetwork):
        head.weights[0].assign(rows)
    found = head.class_vectors()
    if kind in (layers.PrototypeLogits, layers.RBFNetwork):
        assert found is None
        return
    scale = 3**0.5 if kind is layers.RBFLogits else 1
    np.testing.assert_allclose(found, scale * rows, rtol=1e-6)
    if kind is not layers.CenterDense:
        assert numpy(head(found)).argmax(axis=1).tolist() == [0, 1, 2]
