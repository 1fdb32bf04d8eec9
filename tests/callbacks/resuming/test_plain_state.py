import json
from collections import OrderedDict

import ml_dtypes
import numpy as np
import pytest

from keras_pod.callbacks.resuming.plain_state import decode, encode

VALUES = [
    None,
    True,
    3,
    10**30,
    0.1,
    float("-inf"),
    float("nan"),
    "é",
    [1, [2.5, None]],
    (1, ("a", [False])),
    {"loss": [0.5, 0.25], 3: (), "deep": {"x": []}},
    np.arange(6, dtype="int16").reshape(2, 3).T,
    np.zeros((0, 4)),
    np.array(2.5, dtype="float32"),
    np.float64(0.1),
    np.bool_(True),
    np.array(["a", "bcd"]),
    np.array([1.5, -2], dtype=">f8"),
    np.array([1.5, -2], dtype=ml_dtypes.bfloat16),
    [np.ones(2), {"w": np.full((1, 1, 2), 7)}],
]


def same(a, b):
    if isinstance(a, (np.ndarray, np.generic)):
        assert type(a) is type(b)
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        np.testing.assert_array_equal(a, b)
    elif isinstance(a, (list, tuple, dict)):
        assert type(a) is type(b)
        assert len(a) == len(b)
        pairs = (a.items(), b.items()) if isinstance(a, dict) else (a, b)
        for u, v in zip(*pairs, strict=True):
            same(u, v)
    else:
        assert type(a) is type(b)
        assert a == b or (a != a and b != b)


def test_plain_values_come_back_as_they_were():
    for value in [*VALUES, VALUES]:
        arrays = []
        encoded = json.loads(json.dumps(encode(value, arrays)))
        same(decode(encoded, arrays), value)


def test_what_is_not_plain_is_refused():
    for value in (
        object(),
        {1},
        np.array([None]),
        [lambda: 0],
        {"a": b"b"},
        OrderedDict(a=1),
        np.zeros(2, "i4,f4"),
    ):
        with pytest.raises(TypeError, match="plain|must be of numbers"):
            encode(value, [])
    # A kind of another version.
    with pytest.raises(ValueError, match="kind 'deque'"):
        decode({"list": [{"deque": [None, []]}]}, [])
