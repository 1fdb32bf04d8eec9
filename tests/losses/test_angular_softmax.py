"""psi, and A-Softmax on cosines."""

import numpy as np
import pytest
from keras import ops

from keras_pod.losses import ASoftmaxLoss
from keras_pod.losses.angular_softmax import angular_psi
from tests import margin_oracles as oracles
from tests.gradients import compare
from tests.heads import numpy

GRID = np.linspace(-1, 1, 401)


@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_psi(m):
    found = numpy(angular_psi(ops.convert_to_tensor(GRID), m))
    expected = [oracles.psi(c, m) for c in GRID]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.all(np.diff(found) > 0)
    naive = np.cos(m * np.arccos(GRID))
    assert m == 1 or np.any(np.diff(naive) < 0)


@pytest.mark.parametrize(
    ("m", "anneal", "expected"),
    [(2, 0.0, -0.28), (4, 0.0, -1.1568), (4, 5.0, (5 * 0.6 - 1.1568) / 6)],
)
def test_psi_check_values_and_annealing(m, anneal, expected):
    # docs/papers.md, 2.28
    found = numpy(angular_psi(ops.convert_to_tensor([0.6]), m, anneal))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_loss_on_cosines():
    cosines = np.random.default_rng(0).uniform(-1, 1, (6, 4)).astype("float32")
    y = np.arange(6) % 4
    loss = ASoftmaxLoss(margin=3, scale=5, anneal=0.5)

    def reference(c):
        target = lambda c: oracles.psi(c, 3, 0.5)  # noqa: E731
        return np.mean(oracles.margin_loss(c, y, target, 5))

    compare(lambda c: loss(y, c), reference, cosines, slopes=(1e-4, 1e-5), step=1e-7)
