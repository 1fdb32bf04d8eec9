import errno
import json
import os
from collections import OrderedDict

import keras
import ml_dtypes
import numpy as np
import pytest

from keras_pod.callbacks.resuming import checkpoint
from keras_pod.callbacks.resuming.checkpoint import decode, encode


def make(optimizer="adam", units=3):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units)])
    model.compile(optimizer, "mse")
    model.optimizer.build(model.trainable_variables)
    return model


STATE = {"epochs_done": 2, "best": np.arange(5.0)}


@pytest.fixture
def written(tmp_path):
    model = make()
    for variable in [*model.weights, *model.optimizer.variables]:
        variable.assign(np.full(variable.shape, 3))
    checkpoint.write(tmp_path / "epoch-000002", model, STATE)
    return tmp_path / "epoch-000002"


def test_what_was_written_is_read(written):
    assert [path.name for path in written.parent.iterdir()] == [written.name]
    state = checkpoint.read(written)
    assert state["epochs_done"] == 2
    np.testing.assert_array_equal(state["best"], STATE["best"])
    model = make()
    checkpoint.load(written, model)
    for variable in [*model.weights, *model.optimizer.variables]:
        assert np.all(keras.ops.convert_to_numpy(variable) == 3)


FILES = ["model.weights.h5", "state.json", "arrays.npz", "checksums.json"]


@pytest.mark.parametrize("name", FILES)
def test_damage_is_found_and_replaced(written, name):
    path = written / name
    whole = path.read_bytes()
    size = len(whole)
    damaged = [whole[:length] for length in (0, 1, size // 2, size - 1)]
    damaged += [whole + b"\0", b"garbage", b"[]", os.urandom(size)]
    # One bit, anywhere.
    for place in np.random.default_rng(0).integers(size, size=20):
        flipped = bytearray(whole)
        flipped[place] ^= 1
        damaged.append(bytes(flipped))
    for content in damaged:
        path.write_bytes(content)
        with pytest.raises(checkpoint.Damaged):
            checkpoint.read(written)
    path.unlink()
    with pytest.raises(checkpoint.Damaged):
        checkpoint.read(written)
    checkpoint.write(written, make(), STATE)
    assert checkpoint.read(written)["epochs_done"] == 2


def test_another_model_is_refused(written):
    for other in ({"optimizer": "sgd"}, {"units": 2}):
        with pytest.raises(ValueError, match="another optimizer or another model"):
            checkpoint.load(written, make(**other))


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, "No space left"), "epoch-000002 .*the disk is full"),
        (PermissionError(errno.EACCES, "Not allowed"), "epoch-000002 .*Not allowed"),
        (RuntimeError("CUDA error: an illegal memory access"), "^CUDA error"),
    ],
)
def test_errors_leave_what_was_written(written, monkeypatch, error, message):
    def fail(*_):
        raise error

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(type(error), match=message) as raised:
        checkpoint.write(written, make(), STATE)
    assert getattr(raised.value, "errno", None) == getattr(error, "errno", None)
    assert [path.name for path in written.parent.iterdir()] == [written.name]
    assert checkpoint.read(written)["epochs_done"] == 2


VALUES = [
    [None, True, 3, 10**30, 0.1, float("-inf"), float("nan"), "é"],
    (1, ("a", [False, [2.5]])),
    {"loss": [0.5, 0.25], 3: (), "deep": {"x": []}},
    np.arange(6, dtype="int16").reshape(2, 3).T,
    np.zeros((0, 4)),
    np.array(2.5, dtype="float32"),
    [np.float64(0.1), np.bool_(True)],
    np.array(["a", "bcd"]),
    np.array([1.5, -2], dtype=">f8"),
    np.array([1.5, -2], dtype=ml_dtypes.bfloat16),
    [np.ones(2), {"w": np.full((1, 1, 2), 7)}],
]


def same(a, b):
    assert type(a) is type(b)
    if isinstance(a, (np.ndarray, np.generic)):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        np.testing.assert_array_equal(a, b)
    elif isinstance(a, (list, tuple, dict)):
        pairs = (a.items(), b.items()) if isinstance(a, dict) else (a, b)
        for u, v in zip(*pairs, strict=True):
            same(u, v)
    else:
        assert a == b or (a != a and b != b)


def test_plain_values_come_back_as_they_were():
    arrays = []
    encoded = json.loads(json.dumps(encode(VALUES, arrays)))
    same(decode(encoded, arrays), VALUES)


def test_what_is_not_plain_is_refused():
    of_objects, of_fields = np.array([None]), np.zeros(2, "i4,f4")
    for value in (
        {1},
        of_objects,
        [lambda: 0],
        {"a": b"b"},
        OrderedDict(a=1),
        of_fields,
    ):
        with pytest.raises(TypeError, match="must be of numbers"):
            encode(value, [])
