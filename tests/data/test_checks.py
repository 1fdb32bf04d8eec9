import numpy as np
import pytest

from keras_pod.core.errors import InputError
from keras_pod.data import checks


def test_what_passes():
    assert checks.integer("n", np.int64(3), 1) == 3
    assert checks.image_size(None) is None
    assert checks.image_size([3, 4]) == (3, 4)
    assert checks.flag("f", True) is True
    checks.share("s", 0)
    checks.share("s", 0.99)


@pytest.mark.parametrize(
    ("check", "value"),
    [
        *[
            (lambda v: checks.integer("it", v, 1), v)
            for v in (0, 1.0, "1", True, 2**63)
        ],
        *[(lambda v: checks.share("it", v), v) for v in (1, -0.1, True, "0", None)],
        *[(lambda v: checks.flag("it", v), v) for v in (1, None, "yes")],
    ],
)
def test_what_does_not(check, value):
    with pytest.raises(InputError, match="^it must be"):
        check(value)


@pytest.mark.parametrize("size", [3, (3,), (3, 4, 5), (0, 4), (3, 4.5), "3"])
def test_image_size(size):
    with pytest.raises(InputError, match="image.* must be"):
        checks.image_size(size)
