import math

import numpy as np
import pytest

from keras_pod.core.arguments import check_not_negative, check_positive, integer


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_integers(value):
    assert integer("units", value, 3) == 3
    assert type(integer("units", value, 3)) is int


@pytest.mark.parametrize("value", [2, 3.0, 3.5, None, "3", True, math.nan, math.inf])
def test_no_integers(value):
    with pytest.raises(ValueError, match="`units` must be .* from 3 up"):
        integer("units", value, 3)


@pytest.mark.parametrize("value", [1, 0.5, np.float32(2), np.int64(1)])
def test_numbers(value):
    check_positive(gamma=value)
    check_not_negative(gamma=value)


@pytest.mark.parametrize("value", [-1, None, "1", math.nan, math.inf, [1.0]])
def test_no_numbers(value):
    with pytest.raises(ValueError, match="`gamma` must be a number > 0"):
        check_positive(gamma=value)
    with pytest.raises(ValueError, match="`gamma` must be a number >= 0"):
        check_not_negative(alpha=1.0, gamma=value)


def test_zero():
    check_not_negative(gamma=0)
    with pytest.raises(ValueError, match="> 0, got 0"):
        check_positive(gamma=0)
