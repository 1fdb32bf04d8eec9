import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.data import checks


def integer(name, value):
    return checks.integer(name, value, 1)


def image_size(_, value):
    return checks.image_size(value)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (integer, [np.int64(3)], [0, 1.0, "1", True, 2**63]),
        (checks.share, [0, 0.99], [1, -0.1, True, "0", None]),
        (checks.flag, [True, False], [1, None, "yes"]),
        (image_size, [None, (3, 4)], [3, (3,), (3, 4, 5), (0, 4), (3, 4.5), "3"]),
    ],
)
def test_checks(check, good, bad):
    for value in good:
        assert check("it", value) in (value, None)
    for value in bad:
        with pytest.raises(InputError, match="^(it|image.*) must be"):
            check("it", value)
