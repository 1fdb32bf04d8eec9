import keras
import numpy as np
import pytest
from scipy.special import softmax

from keras_pod import data as datasets
from keras_pod import layers
from keras_pod.analysis import (
    GaussianClassifier,
    choose_shrinkage,
    late_gradients,
    span_share,
)
from keras_pod.experiments.after.trained import load_trained
from keras_pod.experiments.report.measurements import (
    Outputs,
    class_vectors,
    measure,
    of_gradients,
    of_history,
    outputs,
)
from tests.experiments.report.conftest import made_up


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def given():
    test, vectors = made_up()
    train, _ = made_up(count=200, seed=0)
    return test, train, vectors


def test_arrays_and_numbers(given):
    test, train, vectors = given
    found = measure(test, train, vectors, fixed=False)
    numbers, right = found.numbers, found.right
    x, y = test.features.astype(float), test.labels
    np.testing.assert_allclose(found.norms, np.linalg.norm(x, axis=1))
    np.testing.assert_array_equal(right, test.logits.argmax(1) == y)
    np.testing.assert_allclose(found.scores, softmax(test.logits, axis=1), rtol=1e-5)
    assert found.score_name == "probability" and found.features is None
    shares = np.square(unit(test.backbone.astype(float))).mean(axis=0)
    np.testing.assert_allclose(found.energy, shares * 8)
    low = found.norms < found.norms.mean()
    quarters = np.array_split(np.sort(found.norms), 4)
    gap = softmax(train.logits.astype(float), axis=1) - np.eye(4)[train.labels]
    both = [softmax(c * test.logits[right], axis=1) for c in (1, 2)]
    once, twice = (p[np.arange(len(p)), y[right]].mean() for p in both)
    expected = {
        "accuracy": right.mean(),
        "accuracy_low_norm": right[low].mean(),
        "cosine": (unit(x) * unit(vectors)[y]).sum(axis=1).mean(),
        "double_gain": twice - once,
        "energy": np.var(shares),
        "norm_low_to_high": quarters[0].mean() / quarters[-1].mean(),
        "span": min(span_share(own.features, vectors) for own in (test, train)),
        "within_2": (np.abs(test.logits) <= 2).mean(),
        "vector_norm": np.linalg.norm(vectors, axis=1).mean(),
        "gradient": np.linalg.norm(gap, axis=1).mean(),
    }
    assert {n: numbers[n] for n in expected} == pytest.approx(expected, rel=1e-5)
    assert numbers["accuracy"] > 0.5
    assert {"nc1", "nc2_norms", "nc2_angles", "nc3", "nc4"} <= set(numbers)
    assert {"correlation", "accuracy_gaussian"}.isdisjoint(numbers)


@pytest.mark.parametrize("fixed", [True, False])
def test_scores_that_are_cosines(given, fixed):
    test, train, vectors = given
    vectors = unit(vectors)
    found = measure(test, train, vectors, fixed, gaussian=True, angles=not fixed)
    assert found.score_name == "cosine"
    cosines = unit(test.features.astype(float)) @ vectors.T
    np.testing.assert_allclose(found.scores, cosines, rtol=1e-6)
    # These are of fixed centroids.
    assert ({"simplex_error", "correlation"} <= set(found.numbers)) == fixed
    if fixed:
        pairs = (vectors @ vectors.T)[np.triu_indices(4, 1)]
        expected = np.abs(pairs + 1 / 3).max()
        assert found.numbers["simplex_error"] == pytest.approx(expected)
        assert found.numbers["correlation"] > 0
    own = train.features, train.labels
    gaussians = GaussianClassifier(choose_shrinkage(*own)[0]).fit(*own)
    share = (gaussians.predict(test.features) == test.labels).mean()
    assert found.numbers["accuracy_gaussian"] == share > 0.5


def test_what_does_not_apply_is_not_there(given):
    test, train, vectors = given
    found = measure(test, train, None, fixed=False)
    assert found.vectors is None
    assert {"cosine", "nc1", "span"}.isdisjoint(found.numbers)
    # A class that the training images lack.
    some = train._replace(labels=np.where(train.labels == 3, 0, train.labels))
    numbers = measure(test, some, vectors, fixed=False).numbers
    assert "nc1" not in numbers and "span" in numbers
    # A span that is everything says nothing.
    test, vectors = made_up(k=4, n=3)
    assert "span" not in measure(test, test, vectors, fixed=False).numbers


ROWS = 6 * np.eye(3, 4, dtype="float32")


@pytest.mark.parametrize(
    ("head", "weights", "noise", "gamma", "most"),
    [
        # Its probabilities reach 0.803 at most, and ROWS are halved in its own unit.
        (
            layers.RBFLogits(3, scale=2.1, gamma=4, feature_scale=0.5),
            [ROWS / 2, np.ones(())],
            0.2,
            4 / 0.5**2,
            0.8033,
        ),
        (keras.layers.Dense(3), [ROWS.T, np.zeros(3)], 1.2, None, 1.0),
    ],
    ids=["rbf", "linear"],
)
def test_how_images_are_pulled(head, weights, noise, gamma, most):
    rng, y = np.random.default_rng(3), np.repeat(np.arange(3), 20)
    x = rng.normal(size=(60, 4)) * np.linspace(0.1, noise, 60)[:, None] + ROWS[y]
    x = x.astype("float32")
    head.build((None, 4))
    head.set_weights(weights)
    logits = keras.ops.convert_to_numpy(head(x))
    numbers = of_gradients(Outputs(logits, x, y, None), head)
    pulled = late_gradients(logits, y, x, ROWS, gamma, most)
    assert pulled.on_far > 0
    expected = {"gradient_on_far": pulled.on_far}
    expected["gradient_on_features"] = pulled.on_features
    if isinstance(head, layers.RBFLogits):
        own = logits[np.arange(60), y].reshape(3, 20)
        expected["score_variance_in_classes"] = own.var(axis=1).mean()
        squares = np.square(x - ROWS[y]).sum(axis=1).reshape(3, 20)
        expected["distance_variance_in_classes"] = squares.var(axis=1).mean()
    assert numbers == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_how_images_are_pulled_through_scaled_batch_normalisation():
    rng, y = np.random.default_rng(3), np.arange(60) % 3
    scores = keras.layers.Dense(3, use_bias=False)
    head = keras.Sequential([scores, layers.ScaledBatchNormalization(0.8)])
    x = rng.normal(size=(60, 4)).astype("float32")
    for _ in range(20):
        head(x, training=True)
    logits, steps, zero = map(
        keras.ops.convert_to_numpy, map(head, (x, np.eye(4), np.zeros((1, 4))))
    )
    expected = late_gradients(logits, y, x, (steps - zero).T).on_features
    found = of_gradients(Outputs(logits, x, y, None), head)
    assert found == {"gradient_on_features": pytest.approx(expected, rel=1e-4)}
    # Other heads are not looked at for that.
    assert of_gradients(Outputs(logits, x, y, None), layers.PEDCC(4)) == {}


def test_class_vectors():
    x = np.ones((1, 5), "float32")
    pedcc, several = layers.PEDCC(4), layers.PrototypeLogits(4, 3)
    center, none = layers.CenterDense(4), keras.layers.Flatten()
    for head in (pedcc, several, center):
        head(x)
    # Of the last layer, not the centres.
    np.testing.assert_allclose(
        class_vectors(center, 4, 5), keras.ops.convert_to_numpy(center.kernel).T
    )
    np.testing.assert_allclose(class_vectors(pedcc, 4, 5), pedcc.centroids)
    assert class_vectors(several, 4, 5) is None
    assert class_vectors(none, 4, 5) is None


def history(accuracy, delta=(0.0,) * 99, norm=(1.0,) * 99):
    rows = zip(accuracy, delta, norm, strict=False)
    names = ("val_accuracy", "delta", "feature_norm")
    return [dict(zip(names, row, strict=True)) | {"loss": 0.1} for row in rows]


def test_how_fast_and_how_steadily():
    accuracy = [0.1, 0.5, 0.95, 0.9, *[0.9] * 30, 1.0]
    assert of_history(history(accuracy), {}) == {
        "loss": 0.1,
        "early": pytest.approx(np.mean(accuracy[:30])),
        "to_90": 3,
        "steps": pytest.approx(np.std(np.diff(accuracy[:30]), ddof=1)),
    }
    assert "steps" not in of_history(history([0.5]), {})
    # Not validated after every epoch.
    assert of_history(history([None, 0.5, None, 0.6]), {}) == {"loss": 0.1}


ALPHA, NORM = 0.01, [4.0, 5.0, 3.0]
DELTA = [ALPHA * 0.05, ALPHA * 2 * 4.0, ALPHA * 3 * 5.0]
# The published code's form: delta of the first epoch given, epochs from 0.
CODE = {"delta0": 0.05, "epoch_offset": -1}


@pytest.mark.parametrize(
    ("delta", "options", "error"),
    [
        (DELTA, {}, 0.0),
        ([*DELTA[:2], 1.5 * DELTA[2]], {}, 0.5),
        ([0.05, ALPHA * 4.0, ALPHA * 2 * 5.0], CODE, 0.0),
        (DELTA, CODE | {"norm_of": "scores"}, None),
        (DELTA[:1], CODE, None),
    ],
)
def test_delta_follows_the_norm(delta, options, error):
    rows = history([0.5] * 3, delta, NORM)
    found = of_history(rows, {"alpha": ALPHA} | options).get("delta_error")
    assert found == (error if error is None else pytest.approx(error))


def test_outputs_are_what_the_model_gives(trained):
    model, images = load_trained(trained[1]).model, datasets.load("digits", limit=200)
    a = images.arrays
    for part, x, y in (("train", a.x_train, a.y_train), ("test", a.x_test, a.y_test)):
        found = outputs(model, images, part)
        expected = model.predict(x, verbose=0)
        for name in ("logits", "features"):
            own = getattr(found, name)
            np.testing.assert_allclose(own, expected[name], rtol=1e-4, atol=1e-5)
            assert own.dtype == "float32"
        np.testing.assert_array_equal(found.labels, y)
        assert (found.backbone is None) == (part == "train")
    kernel, bias = model.get_layer("features").get_weights()
    through = model.get_layer("neck")(found.backbone @ kernel + bias, training=False)
    through = keras.ops.convert_to_numpy(through)
    np.testing.assert_allclose(through, found.features, rtol=1e-4, atol=1e-4)
    # Without a feature layer there is nothing before it; outputs beside are left out.
    x = keras.layers.Flatten()(model.inputs[0])
    given = {"logits": x, "features": x, "probabilities": x}
    bare = keras.Model(model.inputs, given)
    assert outputs(bare, images, "test").backbone is None
