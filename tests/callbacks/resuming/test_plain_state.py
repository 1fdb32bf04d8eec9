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
        assert a == b


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_a_plain_value_comes_back_as_it_was(value):
    arrays = []
    encoded = json.loads(json.dumps(encode(value, arrays)))
    same(decode(encoded, arrays), value)


def test_nan_comes_back():
    assert np.isnan(decode(json.loads(json.dumps(encode(float("nan"), []))), []))


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1},
        np.array([None]),
        [lambda: 0],
        {"a": b"b"},
        OrderedDict(a=1),
        np.zeros(2, "i4,f4"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_plain_is_refused(value):
    with pytest.raises(TypeError, match="plain|must be of numbers"):
        encode(value, [])


def test_a_kind_of_another_version_is_refused():
    with pytest.raises(ValueError, match="kind 'deque'"):
        decode({"list": [{"deque": [None, []]}]}, [])
