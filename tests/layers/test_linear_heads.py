"""Centres, a radius and turns, each moved as its paper says."""

import keras
import numpy as np
import pytest

from keras_pod import Classifier
from keras_pod.layers import CenterDense, ComplementDense, RingDense
from keras_pod.losses import COTLoss, FeatureIncayLoss, RingLoss, center
from keras_pod.optimizers import L2SGD
from tests import heads, oracles
from tests.heads import built, numpy
from tests.losses.formulas import complement, entropy

# -- centres ----------------------------------------------------------------------

SIX = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
LABELS = np.array([0, 2, 2, 0, 0, 2])  # classes 1 and 3 are absent


def moved(centers, rows, rate):
    """The published update, class by class and sample by sample."""
    out = np.array(centers, "float64")
    for j, center_of_class in enumerate(out.copy()):
        pulls = [rows[i, j] * (center_of_class - x) for i, x in enumerate(SIX)]
        out[j] -= rate * sum(pulls) / (1 + rows[:, j].sum())
    return out


def test_centers_follow_the_batches_in_fit():
    head = CenterDense(4, center_rate=0.5, centers_initializer="ones")
    model = heads.classifier(head, center(weight=0.1), run_eagerly=False)
    model.fit(SIX, LABELS, epochs=2, batch_size=6, shuffle=False, verbose=0)
    rows = np.eye(4)[LABELS]
    expected = moved(moved(np.ones((4, 3)), rows, 0.5), rows, 0.5)
    np.testing.assert_allclose(numpy(head.centers), expected, rtol=1e-5)
    assert np.array_equal(numpy(head.centers)[[1, 3]], np.ones((2, 3)))
    found = model.evaluate(SIX, LABELS, verbose=0, return_dict=True)
    squares = ((SIX - expected[LABELS]) ** 2).sum(1)
    np.testing.assert_allclose(found["features_loss"], 0.05 * squares.mean(), rtol=1e-5)


@pytest.mark.parametrize("rate", [0.0, 0.3])
def test_soft_labels_move_centers(rate):
    head = built(CenterDense(4, center_rate=rate), 3)
    soft = 0.5 * np.eye(4)[LABELS] + 0.125
    head.update_from_batch(soft, SIX)
    expected = moved(np.zeros((4, 3)), soft, rate)
    np.testing.assert_allclose(numpy(head.centers), expected, rtol=1e-5)


# -- a radius ---------------------------------------------------------------------

NORMS = np.linalg.norm(SIX.astype("float64"), axis=1)


@pytest.mark.parametrize("eager", [False, True])
def test_the_first_step_already_has_the_first_batchs_radius(eager):
    inputs = keras.Input((3,))
    dense = keras.layers.Dense(3, use_bias=False, kernel_initializer="identity")
    features, head = dense(inputs), RingDense(3)
    model = Classifier(inputs, {"logits": head(features), "features": features})
    loss = {"features": RingLoss(weight=0.1)}
    model.compile(keras.optimizers.SGD(1.0), loss, run_eagerly=eager)

    def reference(kernel):
        norms = np.linalg.norm(SIX @ kernel, axis=1)
        return 0.1 / 2 * np.mean((norms - NORMS.mean()) ** 2)

    history = model.fit(SIX, LABELS, batch_size=6, verbose=0).history
    np.testing.assert_allclose(history["loss"][0], reference(np.eye(3)), rtol=1e-4)
    expected = np.eye(3) - oracles.numeric_gradient(reference, np.eye(3))
    np.testing.assert_allclose(numpy(dense.kernel), expected, rtol=1e-4, atol=1e-6)
    # Where it is the mean norm the radius itself does not move.
    np.testing.assert_allclose(float(head.radius), NORMS.mean(), rtol=1e-5)
    assert abs(float(head.radius_offset)) < 1e-6
    # Later batches leave where it began alone; the loss moves it.
    dense.trainable = False
    dense.kernel.assign(2 * np.eye(3))
    model.compile(keras.optimizers.SGD(2.0), loss, run_eagerly=eager)
    model.fit(SIX, LABELS, batch_size=6, verbose=0)
    np.testing.assert_allclose(float(head.initial_radius), NORMS.mean(), rtol=1e-5)
    expected = NORMS.mean() + 2.0 * 0.1 * np.mean(2 * NORMS - NORMS.mean())
    np.testing.assert_allclose(float(head.radius), expected, rtol=1e-5)


def test_a_given_radius():
    head = built(RingDense(3, radius=7.0), 3)
    head.update_from_batch(LABELS, SIX)
    assert float(head.radius) == 7
    for labels in (LABELS, LABELS[:, None], np.eye(3)[LABELS]):
        assert numpy(head.feature_targets(labels)).tolist() == [[7.0]] * 6


# -- turns ------------------------------------------------------------------------

N, K, BATCH = 3, 4, 8
RNG = np.random.default_rng(0)
X = RNG.normal(size=(3 * BATCH, N)).astype("float32")
Y = RNG.integers(K, size=3 * BATCH)
ROWS = np.eye(K)[Y]
SOFT = 0.8 * ROWS + 0.2 / K


def two_updates(kernel, rows, weight, by_sample):
    """The published loop: forward, step, forward again, other optimizer's step."""
    kernel, velocities = kernel.copy(), np.zeros((2, *kernel.shape))
    for part in np.split(np.arange(len(X)), 3):
        for turn, term in enumerate((entropy, complement)):
            share = by_sample[part] * (weight / (K - 1) if turn else 1.0)

            def loss(kernel, term=term, part=part, share=share):
                return np.mean(share * term(X[part] @ kernel, rows[part]))

            slope = oracles.numeric_gradient(loss, kernel) + 0.01 * kernel
            velocities[turn] = 0.9 * velocities[turn] + slope
            kernel -= 0.5 * velocities[turn]
    return kernel


def twice(array):
    """Each batch twice in a row, on any backend."""
    parts = array.reshape(len(array) // BATCH, BATCH, *array.shape[1:])
    return np.repeat(parts, 2, axis=0).reshape(-1, *array.shape[1:])


def make(loss=None, weight=1.0, **options):
    head = ComplementDense(K, use_bias=False)
    model = heads.classifier(head, loss or COTLoss(weight), dim=N)
    optimizer = L2SGD(0.5, momentum=0.9, l2=0.01, alternating=2)
    options = {"metrics": ["accuracy"], "run_eagerly": True} | options
    model.compile(optimizer, loss or COTLoss(weight), **options)
    return model, head


def check(model, head, given, rows, by_sample=1.0, weight=1.0, **fit):
    start, by_sample = numpy(head.kernel), by_sample * np.ones(len(X))
    expected = two_updates(start, rows, weight, by_sample)
    model.fit(twice(X), twice(given), batch_size=BATCH, shuffle=False, verbose=0, **fit)
    np.testing.assert_allclose(numpy(head.kernel), expected, rtol=1e-5, atol=1e-6)
    assert float(head.phase) == 0
    assert np.abs(expected - start).max() > 0.1


@pytest.mark.parametrize(
    ("labels", "rows", "options"),
    [
        (Y, ROWS, {}),
        (Y[:, None], ROWS, {"run_eagerly": False, "jit_compile": False}),
        (ROWS, ROWS, {"run_eagerly": False, "jit_compile": True}),
        (SOFT, SOFT, {}),
    ],
)
def test_equals_the_published_loop(labels, rows, options):
    if options.get("jit_compile") and keras.backend.backend() == "torch":
        pytest.skip("torch.compile takes minutes")
    check(*make(weight=2.0, **options), labels, rows, weight=2.0)


def test_weights_of_classes_and_samples():
    weights = {0: 0.5, 1: 1.0, 2: 2.0, 3: 0.0}
    by_sample = np.array([weights[c] for c in Y])
    check(*make(), Y, ROWS, by_sample, class_weight=weights)
    # At weight 0 it moves nothing, but goes the way of a dict of losses.
    loss = {"logits": COTLoss(), "features": FeatureIncayLoss(0.0)}
    check(*make(loss), Y, ROWS, by_sample, sample_weight=twice(by_sample))


def test_evaluation_takes_no_turn_and_an_unknown_label_is_seen_in_both():
    model, head = make()
    scores = numpy(head(X))
    expected = [numpy(COTLoss()(Y, scores)), np.mean(scores.argmax(axis=1) == Y)]
    for phase in (0.0, 1.0):
        head.phase.assign(phase)
        found = model.evaluate(X, Y, batch_size=len(X), verbose=0, return_dict=True)
        found = found["loss"], found["accuracy"]
        np.testing.assert_allclose(found, expected, rtol=1e-5)
        assert float(head.phase) == phase
    for phase in (0.0, 1.0):
        model, head = make()
        head.phase.assign(phase)
        assert np.isnan(model.train_on_batch(X, Y + K, return_dict=True)["loss"])
