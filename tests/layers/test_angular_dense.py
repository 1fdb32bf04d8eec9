"""The head of the published A- and L-Softmax, alone and as a `Classifier` trains it."""

import keras
import numpy as np
import pytest

from keras_pod import Classifier
from keras_pod.callbacks import AnnealMargin
from keras_pod.layers import AngularDense
from keras_pod.losses import CrossEntropyLoss
from tests import margin_oracles as oracles
from tests.gradients import compare, value_and_gradient
from tests.heads import WIDEST, built, classifier, compare_with_torch, numpy
from tests.oracles import numeric_gradient


def trained(head, loss, y):
    """The loss that `Classifier` computes, from features over class weights."""

    def function(rows):
        with keras.StatelessScope([(head.kernel, rows[6:])]):
            return loss(y, head.training_logits(y, rows[:6]))

    return function


FORMS = {
    "int": np.arange(6) % 4,
    "soft": np.random.default_rng(0).dirichlet(np.ones(4), size=6),
}


@pytest.mark.parametrize("normalise_weights", [True, False])
@pytest.mark.parametrize("form", FORMS)
def test_head_against_float64(normalise_weights, form):
    head = built(AngularDense(4, 4, normalise_weights, anneal=2.0), 5)
    y = FORMS[form]
    x = np.random.default_rng(1).normal(size=(6, 5)).astype("float32")
    w = 2 * numpy(head.kernel).astype("float32")

    def reference(rows):
        args = rows[:6], rows[6:], y, 4, normalise_weights, 2.0
        return oracles.angular_loss(*args)

    loss = trained(head, CrossEntropyLoss(), y)
    compare(loss, reference, np.concatenate([x, w]), slopes=(2e-4, 1e-5))


def test_head_scores_are_without_margin():
    head = built(AngularDense(4, margin=1), 5)
    x = np.random.default_rng(1).normal(size=(6, 5)).astype("float32")
    y = FORMS["int"]
    scores = numpy(head(x))
    np.testing.assert_allclose(numpy(head.training_logits(y, x)), scores, atol=1e-6)
    margin = built(AngularDense(4, margin=4, anneal=0), 5)
    margin.kernel.assign(head.kernel)
    np.testing.assert_allclose(numpy(margin(x)), scores)
    lower = numpy(margin.training_logits(y, x)) - scores
    assert np.all(lower[np.arange(6), y] < 0)
    lower[np.arange(6), y] = 0
    np.testing.assert_allclose(lower, 0, atol=1e-6)


@pytest.mark.parametrize("normalise_weights", [True, False])
def test_head_at_the_edges(normalise_weights):
    head = built(AngularDense(4, 4, normalise_weights, anneal=0), 5)
    w = numpy(head.kernel).astype("float32")
    # Zero, equal and opposite to a class weight, tiny and huge.
    x = np.stack([0 * w[0], w[0], w[1], -w[0], 1e-8 * w[0], 6e4 * w[1]])
    y = np.zeros(6, "int32")
    value, gradient = value_and_gradient(
        lambda x: CrossEntropyLoss()(y, head.training_logits(y, x)), x
    )
    assert np.isfinite(value) and np.all(np.isfinite(gradient))
    assert np.all(gradient[0] == 0)


@pytest.mark.parametrize("name", ["SphereFaceLoss", "LargeMarginSoftmaxLoss"])
def test_head_against_pytorch_metric_learning(name):
    other = pytest.importorskip("pytorch_metric_learning.losses")
    head = AngularDense(4, 4, anneal=0, normalise_weights=name[0] == "S", dtype=WIDEST)
    w, y = numpy(built(head, 5).kernel), np.arange(6) % 4
    if head.normalise_weights:
        # Theirs asks for it, and differs from A-Softmax in scale otherwise.
        w /= np.linalg.norm(w, axis=1, keepdims=True)
    x = np.random.default_rng(3).normal(size=(6, 5))
    ours = trained(head, CrossEntropyLoss(dtype=WIDEST), y)
    theirs = getattr(other, name)(4, 5, margin=4).double()
    compare_with_torch(theirs, ours, x, w, y)


@pytest.mark.parametrize("normalise_weights", [True, False])
def test_one_step_is_the_papers(normalise_weights, tmp_path):
    x, y = np.random.default_rng(1).normal(size=(6, 5)).astype("float32"), FORMS["int"]
    head = AngularDense(4, 4, normalise_weights)
    model = classifier(head, CrossEntropyLoss(), dim=5, lr=0.1, metrics=["accuracy"])
    w = numpy(head.kernel)
    accuracy = np.mean(numpy(head(x)).argmax(1) == y)
    anneal = AnnealMargin(start=8.0, stop=2.0, decay=1.0)
    history = model.fit(x, y, batch_size=6, verbose=0, callbacks=[anneal])

    def reference(w):
        return oracles.angular_loss(x, w, y, 4, normalise_weights, 8.0)

    found = history.history
    np.testing.assert_allclose(found["loss"], [reference(w)], rtol=1e-5)
    # Metrics see the scores without margin.
    np.testing.assert_allclose(found["accuracy"], [accuracy])
    step = 0.1 * numeric_gradient(reference, w)
    np.testing.assert_allclose(numpy(head.kernel), w - step, rtol=1e-4, atol=1e-5)
    model.fit(x, y, epochs=3, initial_epoch=2, verbose=0, callbacks=[anneal])
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    assert isinstance(again, Classifier)
    np.testing.assert_allclose(float(again.head.anneal), 8 / 3, rtol=1e-6)
    for a, b in zip(
        *(m.evaluate(x, y, verbose=0) for m in (model, again)), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=1e-6)
