import math

import numpy as np
import pytest

from keras_pod.core.arguments import integer, not_negative, positive


def test_numbers():
    for value in (3, np.int64(3), np.uint8(3)):
        assert integer("units", value, 3) == 3
        assert type(integer("units", value, 3)) is int
    for value in (1, 0.5, np.float32(2), np.int64(1)):
        for found in (positive("gamma", value), not_negative("gamma", value)):
            assert found == value and type(found) is float
    assert not_negative("gamma", 0) == 0


@pytest.mark.parametrize("value", [-1, None, "1", math.nan, math.inf, [1.0]])
def test_no_numbers(value):
    with pytest.raises(ValueError, match="`gamma` must be a number >= 0"):
        not_negative("gamma", value)
    for small in (value, 0):
        with pytest.raises(ValueError, match="`gamma` must be a number > 0"):
            positive("gamma", small)
