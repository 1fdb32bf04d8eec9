import json
from collections import Counter, OrderedDict, defaultdict, deque

import ml_dtypes
import numpy as np
import pytest

from keras_pod.callbacks.resuming.plain_state import (
    NotPlain,
    decode,
    encode,
    fingerprints,
    left_out,
)

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
    {1, "a", (2, None)},
    frozenset([1.5]),
    b"",
    [b"\x00\xff"],
    deque([1, np.zeros(2)], maxlen=3),
    deque(),
    OrderedDict(b=1, a={2}),
    Counter("aab"),
    defaultdict(list, {3: [1]}),
    defaultdict(None, a=1),
]


def same(a, b):
    if isinstance(a, (np.ndarray, np.generic)):
        assert type(a) is type(b)
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        np.testing.assert_array_equal(a, b)
    elif isinstance(a, (list, tuple, dict, deque)):
        assert type(a) is type(b)
        assert len(a) == len(b)
        pairs = (a.items(), b.items()) if isinstance(a, dict) else (a, b)
        for u, v in zip(*pairs, strict=True):
            same(u, v)
        for name in ("maxlen", "default_factory"):
            assert getattr(a, name, None) == getattr(b, name, None)
    else:
        assert type(a) is type(b)
        assert a == b


# By number: the order of a set is another in every process.
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
        {object()},
        np.array([None]),
        [lambda: 0],
        {"a": bytearray(b"b")},
        deque([print]),
        defaultdict(lambda: 0),
        type("Counter", (Counter,), {})(),
        np.zeros(2, "i4,f4"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_plain_is_refused(value):
    with pytest.raises(NotPlain):
        encode(value, [])


class Thing:
    def __init__(self):
        self.count = 1
        self.array = np.zeros(3)
        self.rows = [{"a": 1.0}]
        self.function = print


def test_fingerprints_tell_what_changed():
    thing = Thing()
    before = fingerprints(thing)
    assert set(before) == {"count", "array", "rows"}
    assert fingerprints(thing) == before
    thing.array[1] = 2
    thing.rows[0]["a"] = 2.0
    after = fingerprints(thing)
    assert {name for name in after if after[name] != before[name]} == {"array", "rows"}
    # The same bytes in another shape are another array.
    thing.array = thing.array.reshape(1, 3)
    assert fingerprints(thing)["array"] != after["array"]


def test_collections_that_are_not_plain_are_named():
    thing = Thing()
    assert left_out(thing, fingerprints(thing)) == []
    thing.rows.append(thing)
    thing.seen = {print}
    assert left_out(thing, fingerprints(thing)) == ["rows", "seen"]
