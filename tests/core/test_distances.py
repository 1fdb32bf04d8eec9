import keras
import numpy as np
import pytest
from keras import ops

from keras_pod import Classifier
from keras_pod.core import distances
from keras_pod.core.distances import rows_of_labels, squared_distances
from keras_pod.layers import CosineDense, GaussianMixture
from tests.gradients import compare
from tests.heads import numpy


def reference(x, rows):
    x, rows = np.asarray(x, "float64"), np.asarray(rows, "float64")
    return ((x[:, None] - rows[None]) ** 2).sum(-1)


@pytest.mark.parametrize("exact", [False, True])
def test_value_and_gradient(exact, monkeypatch):
    monkeypatch.setattr(distances, "_CHUNK", 8)  # two of the five prototypes
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 4)).astype("float32")
    rows = rng.normal(size=(5, 4)).astype("float32")
    weights = rng.normal(size=(3, 5)).astype("float32")

    def ours(x, rows):
        return ops.sum(ops.multiply(squared_distances(x, rows, exact), weights))

    def expected(x, rows):
        return np.sum(weights * reference(x, rows))

    slopes = (1e-4, 1e-5)
    compare(lambda x: ours(x, rows), lambda x: expected(x, rows), x, slopes=slopes)
    compare(lambda w: ours(x, w), lambda w: expected(x, w), rows, slopes=slopes)


def test_small_distances_between_large_norms():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(6, 512))
    rows = (100 + 10 * rows).astype("float32")  # norms near 2300, 226 without the mean
    x = (rows + 0.01 * rng.normal(size=rows.shape)).astype("float32")
    true = reference(x, rows)
    expanded, exact = (numpy(squared_distances(x, rows, e)) for e in (False, True))
    np.testing.assert_allclose(exact, true, rtol=1e-5)
    # The mean takes the common part away; what is left costs what E1 measured.
    assert np.max(np.abs(expanded - true)) < 0.1
    # The expanded form is a rounding error of either sign for almost equal rows.
    rows = 100 * rng.normal(size=(200, 64)).astype("float32")
    near = rows + 1e-3 * rng.normal(size=rows.shape).astype("float32")
    found = np.diagonal(numpy(squared_distances(near, rows)))
    assert found.min() == 0 < found.max()
    found = squared_distances(np.full((1, 2), 1e20, "float32"), np.eye(2))
    assert np.isnan(numpy(found)).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_of_labels(dtype):
    rows = np.arange(6, dtype=dtype).reshape(3, 2)
    for labels, expected in (
        ([2, 0], rows[[2, 0]]),
        ([[1]], rows[[1]]),
        ([[0.5, 0.5, 0]], [[1, 2]]),
        ([3], [[np.nan, np.nan]]),
    ):
        found = numpy(rows_of_labels(np.array(labels), rows))
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("layer", [CosineDense, GaussianMixture])
def test_clipping_takes_the_norm_of_the_whole_gradient(layer):
    # Every sample asks for the same row.
    x = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
    inputs = keras.Input((4,))
    head = layer(3)
    model = Classifier(inputs, {"logits": head(inputs), "features": inputs})
    optimizer = keras.optimizers.SGD(1.0, clipnorm=1e-3)
    model.compile(optimizer, loss={"features": keras.losses.MeanSquaredError()})
    before = numpy(head.weights[0])
    model.fit(x, np.zeros(6, "int32"), batch_size=6, verbose=0)
    moved = np.linalg.norm(numpy(head.weights[0]) - before)
    np.testing.assert_allclose(moved, 1e-3, rtol=1e-3)
