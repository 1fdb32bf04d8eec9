"""Centroids from outside: every row unit, and no more memory than that takes."""

import tracemalloc

import numpy as np
import pytest
from keras import ops

from keras_pod.layers import PEDCC
from keras_pod.layers.given_centroids import unit_centroids

ROWS = np.random.default_rng(0).normal(size=(400, 5))
UNIT = ROWS / np.linalg.norm(ROWS, axis=1, keepdims=True)


@pytest.mark.parametrize("kind", ["float64", "float16", "int32"])
def test_other_dtypes_are_normalised_in_float64(kind):
    rows = (100 * ROWS).astype(kind)
    wide = rows.astype("float64")
    expected = wide / np.linalg.norm(wide, axis=1, keepdims=True)
    found = unit_centroids(rows, 400, "float32")
    assert found.dtype == "float32"
    np.testing.assert_allclose(found, expected.astype("float32"), rtol=1e-7)


def test_unit_rows_keep_every_bit_and_almost_unit_ones_do_not():
    rows = UNIT.astype("float32")
    rows[3] *= 1.0001
    for given in (rows, ops.convert_to_tensor(rows), rows.tolist()):
        found = unit_centroids(given, 400, "float32")
        assert np.array_equal(np.delete(found, 3, 0), np.delete(rows, 3, 0))
        np.testing.assert_allclose(found[3], UNIT[3], rtol=2e-7)
    found[0] = 0
    assert rows[0].any()


@pytest.mark.parametrize("kind", ["float32", "float64", "float16", "int32"])
def test_peak_memory(kind):
    rows = (1000 * np.random.default_rng(0).normal(size=(8000, 512))).astype(kind)
    tracemalloc.start()
    try:
        head = PEDCC(8000, centroids=rows)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    storage = head.all_centroids().nbytes
    assert storage <= peak < 1.8 * storage
