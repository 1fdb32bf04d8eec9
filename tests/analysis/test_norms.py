import numpy as np
import pytest

from keras_pod.analysis import accuracy_by_norm, norm_statistics
from tests.refusals import refused


@pytest.fixture
def sample():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 7)) * rng.uniform(0.2, 3, size=(500, 1))
    # Long features are right more often.
    right = rng.uniform(size=500) < np.linalg.norm(x, axis=1) / 8
    return x, right


def test_accuracy_below_and_above_the_mean(sample):
    x, right = sample
    found = accuracy_by_norm(x, right)
    r = np.sqrt((x**2).sum(1))
    assert found.low == right[r < r.mean()].mean()
    assert found.high == right[r >= r.mean()].mean()
    assert found.low_count + found.high_count == 500
    assert found.high > found.low and found.threshold == pytest.approx(r.mean())
    assert np.isnan(accuracy_by_norm(np.ones((3, 2)), right[:3]).low)


def test_norm_statistics(sample):
    x, _ = sample
    r = np.sort(np.linalg.norm(x, axis=1))
    found = norm_statistics(3 * x)
    assert found.mean == pytest.approx(3 * r.mean())
    assert found.variation == pytest.approx(r.std() / r.mean())
    expected = 3 * r.reshape(4, 125).mean(axis=1)
    np.testing.assert_allclose(found.quartiles, expected)


test_bad_input = refused(
    (lambda: accuracy_by_norm([[1.0]], [1]), "`correct` must be 1 booleans"),
    (lambda: accuracy_by_norm([1.0], [True]), "`features` must be of shape"),
)
