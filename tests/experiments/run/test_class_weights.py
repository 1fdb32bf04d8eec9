import numpy as np
import pytest

from keras_pod import data as datasets
from keras_pod.core.errors import InputError
from keras_pod.experiments.run.class_weights import balanced, weighted


def test_every_class_weighs_the_same():
    counts = np.array([500, 30, 1])
    weights = np.array(balanced(counts.tolist()))
    np.testing.assert_allclose(weights * counts, counts.sum() / 3)


def test_batches_get_the_weights_of_their_labels():
    data = datasets.load("digits", imbalance=30, batch_size=100)
    batches = weighted(data.train, data.class_counts)
    assert len(batches) == len(data.train)
    table, seen = np.array(balanced(data.class_counts)), []
    for x, y, weights in batches.as_numpy_iterator():
        assert len(x) == len(y)
        np.testing.assert_allclose(weights, table[y], rtol=1e-6)
        seen.extend(weights)
    np.testing.assert_allclose(np.mean(seen), 1.0, rtol=1e-5)


def test_a_set_that_does_not_know_its_numbers():
    with pytest.raises(InputError, match="--class-weight auto .* fit in memory"):
        weighted(None, None)
