import keras
import numpy as np
import pytest

from keras_pod.layers import ComplementDense
from keras_pod.losses import COTLoss, FeatureIncayLoss
from keras_pod.optimizers import L2SGD
from tests import heads
from tests.heads import numpy

N, K, BATCH = 3, 4, 8
RNG = np.random.default_rng(0)
X = RNG.normal(size=(3 * BATCH, N)).astype("float32")
Y = RNG.integers(K, size=3 * BATCH)
ROWS = np.eye(K)[Y]
SOFT = 0.8 * ROWS + 0.2 / K


def softmax(z):
    p = np.exp(z - z.max(1, keepdims=True))
    return p / p.sum(1, keepdims=True)


def slopes(z, rows, turn, weight):
    """The gradient by z of each cross-entropy, or of minus its complement entropy."""
    if turn == 0:
        return softmax(z) - rows
    own = np.eye(K)[rows.argmax(1)]
    q = softmax(np.where(own, -1e30, z))
    log_q = np.log(np.where(own, 1, q))
    entropy = -np.sum(q * log_q, axis=1, keepdims=True)
    return weight * q * (log_q + entropy) / (K - 1)


def two_updates(kernel, bias, rows, rate, momentum, l2, weight, by_sample):
    """The published loop: forward, step, forward again, other optimizer's step."""
    weights = [kernel.copy(), bias.copy()]
    velocities = [[np.zeros_like(w) for w in weights] for _ in range(2)]
    for start in range(0, len(X), BATCH):
        part = slice(start, start + BATCH)
        x = X[part].astype("float64")
        for turn in (0, 1):
            z = x @ weights[0] + weights[1]
            slope = slopes(z, rows[part], turn, weight) / BATCH
            slope = slope * by_sample[part, None]
            gradients = [x.T @ slope, slope.sum(0)]
            for w, v, g in zip(weights, velocities[turn], gradients, strict=True):
                v[:] = momentum * v + g + l2 * w
                w -= rate * v
    return weights


def twice(array):
    """Each batch twice in a row, on any backend."""
    parts = array.reshape(len(array) // BATCH, BATCH, *array.shape[1:])
    return np.repeat(parts, 2, axis=0).reshape(-1, *array.shape[1:])


def make(loss=None, weight=1.0, **options):
    head = ComplementDense(K)
    model = heads.classifier(head, loss or COTLoss(weight), dim=N)
    optimizer = L2SGD(0.5, momentum=0.9, l2=0.01, alternating=2)
    options = {"metrics": ["accuracy"], "run_eagerly": True} | options
    model.compile(optimizer, loss or COTLoss(weight), **options)
    return model, head


def check(model, head, given, rows, by_sample=1.0, weight=1.0, **fit):
    start = numpy(head.kernel), numpy(head.bias)
    by_sample = by_sample * np.ones(len(X))
    expected = two_updates(*start, rows, 0.5, 0.9, 0.01, weight, by_sample)
    model.fit(twice(X), twice(given), batch_size=BATCH, shuffle=False, verbose=0, **fit)
    np.testing.assert_allclose(numpy(head.kernel), expected[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(numpy(head.bias), expected[1], rtol=1e-5, atol=1e-6)
    assert float(head.phase) == 0
    assert np.abs(expected[0] - start[0]).max() > 0.1


# It goes eagerly and compiled, for labels of each form.
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


def test_evaluate_gives_the_sum_and_takes_no_turn():
    model, head = make()
    expected = numpy(COTLoss()(Y, numpy(head(X))))
    for phase in (0.0, 1.0):
        head.phase.assign(phase)
        found = model.evaluate(X, Y, batch_size=len(X), verbose=0, return_dict=True)
        np.testing.assert_allclose(found["loss"], expected, rtol=1e-5)
        assert float(head.phase) == phase


def test_metrics_see_the_labels():
    model, head = make()
    model.optimizer.learning_rate = 0.0
    right = np.mean(numpy(head(X)).argmax(1) == Y)
    history = model.fit(twice(X), twice(Y), batch_size=BATCH, verbose=0).history
    np.testing.assert_allclose(history["accuracy"][0], right, rtol=1e-6)


def test_a_turn_is_remembered(tmp_path):
    model, head = make()
    model.train_on_batch(X, Y)
    assert float(head.phase) == 1
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    for one in (model, again):
        for _ in range(2):
            one.train_on_batch(X, Y)
    assert float(again.head.phase) == float(head.phase) == 1
    found, expected = numpy(again.head.kernel), numpy(head.kernel)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_an_unknown_label_is_seen_in_both_turns():
    model, head = make()
    for phase in (0.0, 1.0):
        head.phase.assign(phase)
        found = model.train_on_batch(X, Y + K, return_dict=True)
        assert np.isnan(found["loss"])
        model.reset_metrics()
