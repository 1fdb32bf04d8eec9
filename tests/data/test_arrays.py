import tracemalloc

import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.data.arrays import check_fits, mean_and_std


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_mean_and_std(dtype):
    x = np.random.default_rng(0).integers(0, 256, (1500, 3, 2, 3)).astype(dtype)
    mean, std = mean_and_std(x)
    x = x.astype(np.float64) / 255
    np.testing.assert_allclose(mean, x.mean((0, 1, 2)), rtol=1e-9)
    np.testing.assert_allclose(std, x.std((0, 1, 2)), rtol=1e-9)


def test_std_of_a_constant_channel_is_one():
    mean, std = mean_and_std(np.full((3, 2, 2, 1), 51, np.uint8))
    assert mean == pytest.approx([0.2])
    assert std == [1.0]


def test_the_float64_copy_is_made_in_parts():
    """Also where one image is as large as the set."""
    x = np.zeros((1, 6000, 6000, 1), np.uint8)
    tracemalloc.start()
    mean_and_std(x)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < x.nbytes


def test_check_fits():
    check_fits("small", 50000, (32, 32, 3))
    with pytest.raises(InputError, match=r"'big' has 100000 images of 224x224x3, 14"):
        check_fits("big", 100_000, (224, 224, 3))
