import copy
import functools
import pickle

import keras
import numpy as np
import pytest

from keras_pod import Classifier
from keras_pod.layers import PEDCC, CosineDense
from keras_pod.losses import (
    AMSoftmaxLoss,
    ArcFaceLoss,
    CosineMSELoss,
    NaCLoss,
    PEDCCLoss,
    SelfCorrelationLoss,
    pod,
)
from tests import oracles
from tests.classifier.small import CROSS_ENTROPY, K, N, features, make, samples
from tests.heads import numpy

FORMS = {
    "int": lambda y: y,
    "column": lambda y: y[:, None].astype("float32"),
    "float": lambda y: y.astype("float32"),
    "one-hot": lambda y: np.eye(K, dtype="float32")[y],
    "soft": lambda y: 0.7 * np.eye(K)[y] + 0.3 * np.eye(K)[y[::-1]],
}


def test_every_form_of_labels_gives_the_loss_of_the_formula():
    x, y = samples(16)
    model = make(alpha=None)
    z, centroids = features(model, x), numpy(model.head.centroids)
    given = {name: form(y) for name, form in FORMS.items()}
    given["explicit"] = {"logits": y, "features": centroids[y]}
    given |= {f"named {name}": {name: y} for name in ("logits", "label")}
    for name, labels in given.items():
        rows = labels if name == "soft" else np.eye(K)[y]
        expected = oracles.nac_loss(z, rows, centroids)
        expected += oracles.sc_loss(z, rows @ centroids, "n-1")
        found = model.evaluate(x, labels, batch_size=16, verbose=0, return_dict=True)
        np.testing.assert_allclose(found["loss"], expected, rtol=1e-5, err_msg=name)
    model.fit(x, {"label": y}, validation_data=(x, {"label": y}), verbose=0)


@pytest.mark.parametrize("weighted", [False, True])
def test_weights_reach_the_scores_and_a_loss_on_features_that_takes_them(weighted):
    x, y = samples(16)
    model = make(alpha=None, loss=pod(3.0, weighted=weighted), lr=0.0)
    z, centroids = features(model, x), numpy(model.head.centroids)
    scores = oracles.nac_scores(z, centroids)[np.arange(16), y]

    def hold(found, weight, of_features):
        of_features = of_features if weighted else None
        sc = oracles.sc_loss(z, centroids[y], "n-1", weights=of_features)
        expected = np.mean(weight * (1 - scores) ** 2) + 3 * sc
        np.testing.assert_allclose(found, expected, rtol=1e-5)

    # Of another mean than 1, which a term of the whole batch would not show.
    weight, other = np.linspace(0, 3, 16), np.linspace(2, 1, 16)
    options = {"batch_size": 16, "verbose": 0}
    # Keras copies the weights for each of several labels.
    by_name = {"logits": y, "features": centroids[y]}
    for labels, given, of_features in (
        (y, weight, weight),
        (by_name, weight, weight),
        (by_name, {"logits": weight, "features": other}, other),
    ):
        found = model.evaluate(x, labels, sample_weight=given, **options)
        hold(found[0], weight, of_features)
    of_class = np.array([0.5, 1.0, 2.0, 0.0])
    found = model.fit(x, y, class_weight=dict(enumerate(of_class)), **options)
    hold(found.history["loss"][0], of_class[y], of_class[y])
    # One loss for the scores.
    model.compile("sgd", NaCLoss(), run_eagerly=True)
    found = model.evaluate(x, y, sample_weight=weight, **options)
    expected = np.mean(weight * (1 - scores) ** 2)
    np.testing.assert_allclose(found[0], expected, rtol=1e-5)


FROM_LOGITS = functools.partial(
    keras.losses.sparse_categorical_crossentropy, from_logits=True
)
CONSTRAINED = keras.layers.Dense(
    K,
    use_bias=False,
    kernel_initializer="orthogonal",
    kernel_constraint=keras.constraints.UnitNorm(0),
)
UNIT = keras.Sequential([keras.layers.UnitNormalization(), CONSTRAINED])
# Dropout enlarges what it leaves, and more than 1.01 would be no cosine.
DROPOUT = keras.Sequential([CosineDense(K), keras.layers.Dropout(0.001)])


@pytest.mark.parametrize(
    ("loss", "head"),
    [
        # The head is one with an alpha.
        (NaCLoss(), None),
        (CROSS_ENTROPY, None),
        ({"logits": NaCLoss()}, None),
        ({"features": SelfCorrelationLoss()}, None),
        (FROM_LOGITS, None),
        (CROSS_ENTROPY, keras.layers.Dense(K)),
        # Losses on plain cosines, and heads that may give them.
        (PEDCCLoss(), PEDCC(K, alpha=None)),
        (CosineMSELoss(), PEDCC(K, alpha=None)),
        (AMSoftmaxLoss(), PEDCC(K, alpha=None)),
        (ArcFaceLoss(), CosineDense(K)),
        (ArcFaceLoss(), UNIT),
        (ArcFaceLoss(), DROPOUT),
    ],
)
def test_losses_and_heads_that_go_together(loss, head):
    x, y = samples(32)
    model = make(loss=loss, head=head)
    within = CONSTRAINED in model._flatten_layers()
    assert (model.head is None) == (isinstance(head, keras.layers.Dense) or within)
    history = model.fit(x, y, epochs=2, verbose=0).history
    assert np.isfinite(history["loss"]).all() and "accuracy" in history


@pytest.mark.parametrize(
    ("training", "validation"), [("soft", "int"), ("column", "one-hot")]
)
def test_metrics_get_labels_of_one_form(training, validation):
    """Keras chooses the metric by the first labels that it sees."""
    x, y = samples(64)
    model = make(lr=0.0)
    right = model.predict(x, verbose=0)["logits"].argmax(axis=1) == y
    assert 0 < right.mean() < 1
    history = model.fit(
        x,
        FORMS[training](y),
        validation_data=(x[:40], FORMS[validation](y[:40])),
        shuffle=False,
        verbose=0,
    ).history
    assert history["accuracy"] == pytest.approx([right.mean()], rel=1e-6)
    assert history["val_accuracy"] == pytest.approx([right[:40].mean()], rel=1e-6)
    again = model.evaluate(x, y, verbose=0, return_dict=True)
    assert again["accuracy"] == pytest.approx(right.mean(), rel=1e-6)
    # Metrics that are compiled anew choose anew.
    model.compile("sgd", pod(), metrics=["sparse_categorical_accuracy"])
    found = model.evaluate(x, y, verbose=0, return_dict=True)
    assert found["sparse_categorical_accuracy"] == pytest.approx(right.mean())


# -- delta ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "norm_of"),
    [("eager", "features"), ("jit", "features"), ("eager", "scores")],
)
def test_delta_changes_the_loss_of_the_next_epoch(mode, norm_of, caplog):
    """At learning rate 0 every epoch's loss is known from delta alone."""
    options = {"run_eagerly": False, "jit_compile": True} if mode == "jit" else {}
    if mode == "jit" and keras.backend.backend() == "torch":
        pytest.skip("torch.compile takes minutes")
    x, y = samples(50)  # The last batch is a smaller one.
    head = PEDCC(K, alpha=0.1, norm_of=norm_of)
    model = make(head=head, loss=NaCLoss(), lr=0.0, **options)
    z, centroids = features(model, x), numpy(head.centroids)
    feature_norm = mean_norm = np.mean(np.linalg.norm(z, axis=1))
    if norm_of == "scores":
        mean_norm = np.mean(np.linalg.norm(z @ centroids.T, axis=1))
    history = model.fit(x, y, epochs=4, batch_size=16, verbose=0).history
    assert "NormAdaptiveDelta() was added" in caplog.text
    deltas = [0.1 * 1 * 0.05] + [0.1 * e * mean_norm for e in (2, 3, 4)]
    expected = [oracles.nac_loss(z, y, centroids, d) for d in deltas]
    np.testing.assert_allclose(history["loss"], expected, rtol=1e-5)
    np.testing.assert_allclose(history["feature_norm"], feature_norm, rtol=1e-5)
    np.testing.assert_allclose(float(head.mean_norm), mean_norm, rtol=1e-5)
    np.testing.assert_allclose(float(head.delta), deltas[-1], rtol=1e-5)


class CountingPEDCC(PEDCC):
    """A head that knows whether its scores of all classes were asked for."""

    calls = 0

    def call(self, x):
        self.calls += 1
        return super().call(x)


@pytest.mark.parametrize(("loss", "eager"), [(pod, False), (NaCLoss, True)])
def test_without_metrics_a_step_computes_no_scores_of_all_classes(loss, eager):
    x, y = samples(64)
    options = {"run_eagerly": eager}
    losses, weights, calls = [], [], []
    for metrics in (["accuracy"], None):
        keras.utils.set_random_seed(1)
        head = CountingPEDCC(K, alpha=0.1)
        model = make(head=head, loss=loss(), lr=0.5, metrics=metrics, **options)
        model.fit(x, y, batch_size=16, shuffle=False, verbose=0)
        before = head.calls
        run = model.fit(x, y, batch_size=16, epochs=3, shuffle=False, verbose=0)
        calls.append(head.calls - before)
        losses.append(run.history["loss"])
        weights.append(features(model, x))
        assert model.predict(x, verbose=0)["logits"].shape == (64, K)
    # Not compiled, a step with metrics calls the head; 3 epochs have 12 steps.
    compiled = not eager and keras.backend.backend() != "torch"
    assert calls == ([0, 0] if compiled else [12, 0])
    # The model itself is as it was.
    assert set(model(x, training=True)) == {"logits", "features"}
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-5)
    np.testing.assert_allclose(weights[1], weights[0], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "scores",
    [
        lambda features: PEDCC(K, alpha=None)(features) * 0.5,
        lambda features: PEDCC(K, alpha=None)(features * 1.0 + 0.3),
    ],
)
def test_scores_that_are_not_the_heads_of_the_features_are_taken_as_they_are(scores):
    x, y = samples(16)
    inputs = keras.Input((5,))
    features = keras.layers.Dense(N)(inputs)
    model = Classifier(inputs, {"logits": scores(features), "features": features})
    model.compile("sgd", NaCLoss(), run_eagerly=True)
    own = model.predict(x, verbose=0)["logits"][np.arange(16), y]
    found = [model.evaluate(x, y, batch_size=16, verbose=0)[0]]
    found += model.fit(x, y, batch_size=16, verbose=0).history["loss"]
    np.testing.assert_allclose(found, np.mean((1 - own) ** 2), rtol=1e-5)


# -- saving -----------------------------------------------------------------------


def test_a_saved_model_goes_on_as_itself(tmp_path):
    x, y = samples(48)
    model = make(alpha=0.1)
    model.fit(x, y, epochs=2, shuffle=False, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    for name, value in model.predict(x, verbose=0).items():
        assert np.array_equal(again.predict(x, verbose=0)[name], value)
    options = {"epochs": 4, "initial_epoch": 2, "shuffle": False, "verbose": 0}
    found, expected = (m.fit(x, y, **options).history for m in (again, model))
    assert found == expected
    assert float(again.head.delta) == float(model.head.delta)
    # A file of weights carries them too.
    model.save_weights(tmp_path / "w.weights.h5")
    other = make(head=PEDCC(K, alpha=0.1, seed=5))
    other.load_weights(tmp_path / "w.weights.h5")
    for name in ("delta", "mean_norm", "centroids"):
        a, b = (numpy(getattr(m.head, name)) for m in (model, other))
        assert np.array_equal(a, b)


def test_a_copy_has_a_head_of_its_own():
    model = make()
    model.fit(*samples(8), verbose=0)
    head = model.head
    for other in (
        keras.models.clone_model(model),
        copy.deepcopy(model),
        pickle.loads(pickle.dumps(model)),
        Classifier.from_config(model.get_config()),
    ):
        assert isinstance(other, Classifier) and isinstance(other.head, PEDCC)
        assert other.head is other.get_layer(head.name) is not head
        assert model.head is head
    # It is no further layer of the model.
    assert [layer.name for layer in model.layers].count(head.name) == 1
    assert len({v.path for v in model.variables}) == len(model.variables)


# -- other ways to feed and run ---------------------------------------------------


def batches(bad):
    """Keras asks none of them for its labels beforehand."""
    for index in range(3):
        x, y = samples(8, seed=index)
        yield x, np.where(index == bad, y + K, y)


def test_training_stops_at_a_label_that_is_none(caplog):
    history = make().fit(batches(None), verbose=0).history
    assert np.isfinite(history["loss"]).all()
    history = make().fit(batches(1), epochs=3, steps_per_epoch=3, verbose=0)
    assert history.epoch == [0]
    assert np.isnan(history.history["loss"]).all()
    assert "training was stopped" in caplog.text
    assert "labels outside 0..k-1" in caplog.text


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf.function")
def test_a_loop_of_ones_own(caplog):
    import tensorflow as tf

    (x, y), model = samples(32), make()

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = model.compute_loss(x, y, model(x, training=True))
        slopes = tape.gradient(loss, model.trainable_variables)
        model.optimizer.apply(slopes, model.trainable_variables)
        return loss

    model.head.set_epoch(0)
    losses = [float(step()) for _ in range(5)]
    # AutoGraph tells of methods that it cannot read.
    assert losses[-1] < 0.9 * losses[0] and not caplog.text


def test_a_head_inside_a_layer_of_ones_own_trains():
    class Own(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = PEDCC(K, alpha=None)

        def call(self, x):
            return self.inner(x)

    x, y = samples(16)
    model = make(head=Own(), loss=NaCLoss())
    history = model.fit(x, y, verbose=0).history
    assert np.isfinite(history["loss"]).all()


# -- further outputs --------------------------------------------------------------


def with_ink(metrics):
    """A classifier that predicts one more number of each sample."""
    plain = make(alpha=None)
    ink = keras.layers.Dense(1)(plain.output["features"])
    model = Classifier(plain.inputs[0], {**plain.output, "ink": ink})
    loss = {**pod(lam=2.0, sc_normalise=None), "ink": "mse"}
    sgd = keras.optimizers.SGD(0.0)
    model.compile(sgd, loss=loss, metrics=metrics, run_eagerly=True)
    return model


@pytest.mark.parametrize(
    "metrics", [{"logits": ["accuracy"], "ink": ["mae"]}, ["accuracy"], None]
)
def test_a_further_output_is_trained_as_in_any_model(metrics):
    x, y = samples(16)
    z, weight = x[:, :1] * 2, np.linspace(0, 2, 16)
    model = with_ink(metrics)
    out = model.predict(x, verbose=0)
    centroids = numpy(model.head.centroids)
    features = out["features"].astype("float64")
    scores = oracles.nac_scores(features, centroids)[np.arange(16), y]
    errors = np.square(out["ink"] - z)[:, 0]
    expected = np.mean(weight * ((1 - scores) ** 2 + errors))
    expected += 2 * oracles.sc_loss(features, centroids[y])
    labels, options = {"logits": y, "ink": z}, {"batch_size": 16, "verbose": 0}
    found = model.evaluate(x, labels, sample_weight=weight, return_dict=True, **options)
    np.testing.assert_allclose(found["loss"], expected, rtol=1e-5)
    accuracy = np.mean(out["logits"].argmax(axis=1) == y)
    if isinstance(metrics, dict):
        np.testing.assert_allclose(found["logits_accuracy"], accuracy, rtol=1e-6)
        mae = np.mean(np.abs(out["ink"] - z))
        np.testing.assert_allclose(found["ink_mae"], mae, rtol=1e-5)
    elif metrics:
        np.testing.assert_allclose(found["accuracy"], accuracy, rtol=1e-6)
    options |= {"sample_weight": weight, "validation_data": (x, labels)}
    history = model.fit(x, labels, **options).history
    np.testing.assert_allclose(history["loss"], expected, rtol=1e-5)
    assert {"ink_loss", "val_ink_loss", "features_loss"} <= set(history)


def test_labels_and_losses_of_further_outputs_have_to_fit():
    x, y = samples(16)
    with pytest.raises(ValueError, match="'ink' needs labels of its own"):
        with_ink(None).fit(x, y, verbose=0)
    with pytest.raises(ValueError, match='must have those of "logits"'):
        with_ink(None).fit(x, {"ink": x[:, :1]}, verbose=0)
    model = make(loss={**pod(), "inc": "mse"})
    with pytest.raises(ValueError, match="a loss for 'inc', but the outputs are"):
        model.fit(x, y, verbose=0)


@pytest.mark.parametrize("loss", [pod(), NaCLoss()])
def test_further_outputs_are_for_prediction_only(loss):
    x, y = samples()
    plain = make(alpha=None, loss=loss)
    also = PEDCC(N, alpha=None)(plain.output["features"])
    wider = Classifier(plain.inputs[0], {**plain.output, "also": also})
    sgd = keras.optimizers.SGD(0.1)
    wider.compile(sgd, loss=loss, metrics=["accuracy"], run_eagerly=True)
    assert wider.head is plain.head
    options = {"verbose": 0, "return_dict": True}
    expected, found = (m.evaluate(x, y, **options) for m in (plain, wider))
    assert found == pytest.approx(expected, rel=1e-5)
    assert wider.fit(x, y, epochs=2, verbose=0).history["loss"][1] < expected["loss"]
    assert wider.predict(x, verbose=0)["also"].shape == (64, N)


def test_the_cosine_to_the_own_centroid_is_logged_without_delta():
    x, y = samples(16)
    model = make(alpha=5.0, lr=0.0)
    centroids = numpy(model.head.centroids)
    expected = oracles.nac_scores(features(model, x), centroids)[np.arange(16), y]
    found = model.fit(x, y, epochs=2, validation_data=(x[:4], y[:4]), verbose=0)
    np.testing.assert_allclose(found.history["cosine"], expected.mean(), rtol=1e-5)
    validated = found.history["val_cosine"]
    np.testing.assert_allclose(validated, expected[:4].mean(), rtol=1e-5)
    logged = {"loss", "accuracy", "logits_loss", "features_loss", "feature_norm"}
    logged |= {"cosine"}
    assert set(found.history) == logged | {f"val_{name}" for name in logged}
    assert "cosine" not in make(alpha=None).fit(x, y, verbose=0).history
