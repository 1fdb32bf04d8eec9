import numpy as np
import pytest

from keras_pod.losses import CrossEntropyLoss
from tests.gradients import compare

Z = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
ROWS = np.eye(4)[[0, 3, 1, 2, 2, 0]]


def reference(z, rows):
    log_sum = np.log(np.exp(z - z.max(1, keepdims=True)).sum(1)) + z.max(1)
    return np.mean(rows.sum(1) * log_sum - (rows * z).sum(1))


# Hard, soft, mixed, and rows that do not sum to 1.
@pytest.mark.parametrize(
    "rows", [ROWS, 0.8 * ROWS + 0.05, 0.7 * ROWS + 0.3 * ROWS[::-1], 2 * ROWS]
)
def test_value_and_gradient(rows):
    loss = CrossEntropyLoss()
    compare(lambda z: loss(rows, z), lambda z: reference(z, rows), Z, rtol=1e-6)


@pytest.mark.parametrize("scale", [0.1, 30.0])
def test_a_scale(scale):
    loss, slopes = CrossEntropyLoss(scale), (1e-3, 1e-6)
    compare(
        lambda z: loss(ROWS, z), lambda z: reference(scale * z, ROWS), Z, 1e-5, slopes
    )


def test_check_value_and_large_scores():
    # docs/papers.md, 2.27
    loss = CrossEntropyLoss()(np.array([2]), np.array([[1.0, 1.0, 2.0]]))
    np.testing.assert_allclose(np.exp(-float(loss)), 0.576117, rtol=1e-5)
    # The differences of float32 scores near 1e4 survive.
    large = np.array([[10000.0, 10001.0]], "float32")
    loss = float(CrossEntropyLoss()(np.array([1]), large))
    np.testing.assert_allclose(loss, np.log1p(np.exp(-1)), rtol=1e-5)
