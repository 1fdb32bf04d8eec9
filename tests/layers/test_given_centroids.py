"""Centroids from outside: every row unit, and no more memory than that takes."""

import tracemalloc

import numpy as np
import pytest
from keras import ops

from keras_pod.layers import PEDCC, given_centroids
from keras_pod.layers.given_centroids import unit_centroids

ROWS = np.random.default_rng(0).normal(size=(7, 5))
UNIT = ROWS / np.linalg.norm(ROWS, axis=1, keepdims=True)


@pytest.fixture(params=[1, 10, 2**18])
def block(request, monkeypatch):
    """Rows one by one, in twos, and all at once."""
    monkeypatch.setattr(given_centroids, "_BLOCK", request.param)


@pytest.mark.parametrize("kind", ["float64", "float16", "int32"])
def test_other_dtypes_are_normalised_in_float64(block, kind):
    rows = (100 * ROWS).astype(kind)
    wide = rows.astype("float64")
    expected = wide / np.linalg.norm(wide, axis=1, keepdims=True)
    found = unit_centroids(rows, 7, "float32")
    assert found.dtype == "float32"
    assert np.array_equal(found, expected.astype("float32"))


def test_unit_rows_keep_every_bit(block):
    rows = UNIT.astype("float32")
    rows[3] *= 3
    for given in (rows, ops.convert_to_tensor(rows), rows.tolist()):
        found = unit_centroids(given, 7, "float32")
        assert np.array_equal(np.delete(found, 3, 0), np.delete(rows, 3, 0))
        np.testing.assert_allclose(found[3], UNIT[3], rtol=1e-6)
    found[0] = 0
    assert rows[0].any()


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_a_bad_row_in_any_block_is_refused(block, bad):
    rows = ROWS.copy()
    rows[6] = bad
    with pytest.raises(ValueError, match="finite and no row may be zero"):
        unit_centroids(rows, 7, "float32")


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


def test_rows_that_are_almost_unit_are_made_unit():
    rows = (UNIT * 1.0001).astype("float32")
    found = unit_centroids(rows, 7, "float32").astype("float64")
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=0, atol=2e-7)
