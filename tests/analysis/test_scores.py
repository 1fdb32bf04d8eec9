import numpy as np
import pytest

from keras_pod.analysis import late_gradients, logit_statistics
from tests.refusals import refused

RNG = np.random.default_rng(4)


def loss(z, y):
    return np.log(np.exp(z).sum()) - z[y]


def linear(x, w):
    return w @ x


def rbf(x, w):
    return 3 * np.exp(-np.square(x - w).sum(axis=1) / 2.5)


def slopes(of, at, step=1e-6):
    steps = step * np.eye(len(at))
    return [(of(at + e) - of(at - e)) / (2 * step) for e in steps]


@pytest.mark.parametrize("scores, gamma", [(linear, None), (rbf, 2.5)])
def test_gradients_are_those_of_the_loss(scores, gamma):
    x, w, y = RNG.normal(size=(6, 4)), RNG.normal(size=(3, 4)), RNG.integers(0, 3, 6)
    z = np.stack([scores(row, w) for row in x])
    on_scores = [slopes(lambda z, c=c: loss(z, c), z[i]) for i, c in enumerate(y)]
    on_features = [
        slopes(lambda x, c=c: loss(scores(x, w), c), x[i]) for i, c in enumerate(y)
    ]
    found = late_gradients(z, y, x, w, gamma)
    expected = np.linalg.norm(on_scores, axis=1).mean()
    assert found.on_scores == pytest.approx(expected, rel=1e-7)
    expected = np.linalg.norm(on_features, axis=1).mean()
    assert found.on_features == pytest.approx(expected, rel=1e-7)


def test_sure_samples_that_are_far_from_their_class_vector():
    # 20 samples of one class at distances 1 to 20; the two last are beyond 90 %.
    x = np.stack([np.arange(1.0, 21), np.zeros(20)], axis=1)
    w, y = np.array([[0.0, 0.0], [0.0, 5.0]]), np.zeros(20, int)
    z = np.zeros((20, 2))
    z[10:, 0] = 9.0
    found = late_gradients(z, y, x, w)
    assert found.sure == 0.5 and found.sure_but_far == 0.2
    # Where no probability can be above 1/2, all are sure.
    assert late_gradients(z, y, most=0.5).sure == 1
    # Of each of the two (Pr - 1, 1 - Pr) W.
    expected = 5 / (1 + np.exp(9.0))
    assert found.on_far == pytest.approx(expected)


def test_without_sure_samples_or_weights():
    found = late_gradients([[0.0, 0.0]], [0])
    assert found.sure == 0 and np.isnan(found.sure_but_far)
    assert np.isnan(found.on_features) and np.isnan(found.on_far)


def test_logits():
    z, w = RNG.normal(size=(4000, 5)), np.diag([1.0, 2, 3, 4, 5])
    found = logit_statistics(z, w)
    assert found.within == pytest.approx(0.954, abs=0.01)
    assert found.weight_norms.tolist() == [1, 2, 3, 4, 5]
    assert logit_statistics(z, w, limit=5.0).within == pytest.approx(1, abs=1e-3)


test_bad_input = refused(
    (lambda: logit_statistics([[1.0, 2.0]], [[1.0]]), "2 class vectors"),
    (lambda: logit_statistics([[1.0]], [[1.0]], 0), "`limit`"),
    (lambda: late_gradients([[1.0, 2.0]], [2]), "from 0 to 1"),
    (lambda: late_gradients([[1.0, 2.0]], [0], [[1.0]]), "go together"),
    (lambda: late_gradients([[1.0, 2.0]], [0], gamma=0.0), "gamma.*0.0"),
    (lambda: late_gradients([[1.0, 2.0]], [0], [[1.0]], [[1.0]]), "do not go"),
)
