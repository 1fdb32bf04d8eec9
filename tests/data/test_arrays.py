import tracemalloc

import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.data.arrays import checked_arrays, mean_and_std
from tests.data.four_arrays import PARTS


def changed(**others):
    """The four arrays with others in their place."""
    return checked_arrays(PARTS | others, "", 0.2).arrays


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_mean_and_std(dtype):
    x = np.random.default_rng(0).integers(0, 256, (1500, 30, 20, 3)).astype(dtype)
    x[..., 2] = 51
    tracemalloc.start()
    mean, std = mean_and_std(x)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # The float64 copy of a set of 2 GiB would take 16.
    assert most < x.nbytes
    x = x.astype(np.float64) / 255
    np.testing.assert_allclose(mean, x.mean((0, 1, 2)), rtol=1e-9)
    np.testing.assert_allclose(std[:2], x.std((0, 1, 2))[:2], rtol=1e-9)
    # Of a channel that never varies.
    assert std[2] == 1.0


def test_what_is_converted_and_what_is_not():
    arrays = changed()
    assert arrays.x_train is PARTS["x_train"]
    np.testing.assert_array_equal(arrays.x_test, PARTS["x_test"])
    np.testing.assert_array_equal(arrays.y_test, PARTS["y_test"])
    assert arrays.y_train.dtype == np.int32
    arrays = changed(
        **{k: v[..., 0] if k[0] == "x" else v[:, None] for k, v in PARTS.items()}
    )
    assert arrays.x_train.shape == (20, 16, 16, 1)
    assert arrays.y_train.shape == (20,)
    assert changed(x_train=PARTS["x_train"].astype(int)).x_train.dtype == np.uint8
    # Dark test images alone do not mean that the range is 0..1.
    whole = PARTS["x_train"].astype(np.float32)
    arrays = changed(x_train=whole, x_test=np.ones((8, 16, 16, 3), np.float32))
    np.testing.assert_array_equal(arrays.x_train, whole)
    assert arrays.x_test.max() == 1


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_floats_up_to_one_are_scaled(dtype):
    small = {k: (PARTS[k] / 255).astype(dtype) for k in ("x_train", "x_test")}
    own = small["x_train"].copy()
    arrays = changed(**small)
    assert arrays.x_train.dtype == np.float32
    np.testing.assert_allclose(arrays.x_train, PARTS["x_train"], rtol=1e-3, atol=1e-3)
    # The given arrays stay as they are.
    np.testing.assert_array_equal(small["x_train"], own)


WITH_NAN = np.where(np.arange(20 * 16 * 16).reshape(20, 16, 16) == 3, np.nan, 0)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("x_train", np.zeros((20, 16)), "x_train must be images"),
        ("x_train", np.zeros((20, 3, 16, 16)), r"channels first; .*\(0, 2, 3, 1\)"),
        ("x_test", np.zeros((8, 15, 16, 3), np.uint8), "test images uint8 .15, 16, 3"),
        ("x_test", np.zeros((8, 16, 16, 3)), "test images float32 .16, 16, 3"),
        ("x_train", WITH_NAN, "from nan to nan"),
        ("x_train", np.full((20, 16, 16, 3), -1), "from -1 to -1"),
        ("x_train", np.full((20, 16, 16, 3), 256.0), "from 256.0 to 256.0"),
        ("x_train", np.zeros((20, 16, 16, 3), bool), "not bool"),
        ("y_train", np.arange(19) % 4, "each of the 20 images"),
        ("y_train", np.eye(4)[np.arange(20) % 4], r"\(20, 4\): .*single-label.*argmax"),
        ("y_train", np.array(["cat", "dog"] * 10), "not <U3; of names give np.unique"),
        ("y_train", np.arange(20) % 4 / 1.0, "must be integers, .* not float64"),
        ("y_train", np.arange(20) % 4 - 1, "negative label -1"),
        ("y_train", np.arange(20) % 4 * 2, "without gaps: 1 does not occur, 6"),
        ("y_train", np.zeros(20, int), "only one class"),
        ("y_test", np.full(8, 2**40), "the label 1099.*, .* 4 classes"),
    ],
)
def test_bad_arrays(name, array, message):
    with pytest.raises(InputError, match=message):
        changed(**{name: array})
