import errno
import json
import os

import keras
import numpy as np
import pytest

from keras_pod.callbacks.resuming import checkpoint


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
def test_damage_is_found(written, name):
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
    path.write_bytes(whole)
    checkpoint.read(written)


def test_a_damaged_one_is_replaced(written):
    (written / "state.json").write_text("{")
    checkpoint.write(written, make(), STATE)
    assert checkpoint.read(written)["epochs_done"] == 2


def test_another_model_is_refused(written):
    for other in ({"optimizer": "sgd"}, {"units": 2}):
        with pytest.raises(ValueError, match="another optimizer or another model"):
            checkpoint.load(written, make(**other))


def test_a_state_that_was_changed_by_hand_is_damage(written):
    for content in ("[1]", "5", '{"state": [1]}'):
        (written / "state.json").write_text(content)
        sums = checkpoint._checksums(written)
        (written / "checksums.json").write_text(json.dumps(sums))
        with pytest.raises(checkpoint.Damaged, match=r"state\.json: "):
            checkpoint.read(written)


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(errno.EACCES, "Permission denied"),
        RuntimeError("CUDA error: an illegal memory access was encountered"),
    ],
)
def test_other_errors_are_passed_on(written, monkeypatch, error):
    def fail(self, path):
        raise error

    monkeypatch.setattr(keras.Sequential, "save_weights", fail)
    with pytest.raises(type(error), match="Permission denied|CUDA error"):
        checkpoint.write(written, make(), STATE)
    assert [path.name for path in written.parent.iterdir()] == [written.name]
