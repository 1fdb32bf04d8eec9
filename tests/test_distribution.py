"""Several devices give what one gives."""

import json
import re
import sys
import unittest.mock
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_pod import distribution
from keras_pod.core.errors import InputError
from keras_pod.methods import METHODS
from tests.processes import free_ports, run

# One of each kind of state: delta and M; centres; a radius; a kernel's mean; turns
# of two velocities; statistics of the batch in a layer and in a loss.
KINDS = "pod,center,rbf-softmax,cot-alternate,scaled-bn"
ALL = ",".join(METHODS)


def compared(backend, devices, methods, *examples):
    out = run(backend, "-m", "tests.on_devices", str(devices), methods, *examples)
    found = json.loads(out.splitlines()[-1])
    for name in methods.removeprefix("replicas,").split(","):
        result = found[name]
        assert result["steps"] >= 20, name
        assert result["weights"] < 1e-5, (name, result)
        assert result["logs"] < 1e-5, (name, result)
    return found


def test_three_replicas_give_what_one_device_gives():
    """No batch divides by the devices: the first, the last, or those of validation."""
    found = compared("tensorflow", 3, "replicas,pod,center", "71", "16", "7")
    moved = {name: str(found[name].get("moved")) for name in found}
    assert "moving_variance" in moved["pod"] and "delta" in moved["pod"]
    assert "mean_norm" in moved["pod"] and "centers" in moved["center"]
    # Replicas with statistics of their own end with the mean of what each one's part
    # of the batch would give alone.
    assert found["replicas"]["replica"] < 1e-5 and found["replicas"]["global"] > 1e-3


def test_four_jax_devices_give_what_one_gives():
    found = compared("jax", 4, "pod")
    assert "logits/delta" in found["pod"]["moved"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "devices"), [("tensorflow", 2), ("tensorflow", 4), ("jax", 8)]
)
def test_every_method_gives_what_one_device_gives(backend, devices):
    compared(backend, devices, ALL)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_a_batch_smaller_than_the_devices(backend):
    """65 examples: the last batch has one, and replicas without any."""
    compared(backend, 4, KINDS, "65")


def test_bad_counts(monkeypatch):
    with pytest.raises(InputError, match="must be >= 1"):
        distribution.devices(0)
    backend = keras.backend.backend()
    message = "one device with torch" if backend == "torch" else "a new process"
    keras.ops.convert_to_numpy(keras.ops.zeros(1) + 1)
    with pytest.raises(InputError, match=message):
        distribution.devices(1000)
    if backend == "tensorflow":
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind])
        with pytest.raises(InputError, match="only 1 of kind GPU; ask for at most 1"):
            distribution.devices(2)


def test_a_tpu_is_used_as_a_whole(monkeypatch):
    """On a stand-in of TensorFlow; eight cores."""
    stand_in = unittest.mock.Mock()
    strategy = stand_in.distribute.TPUStrategy
    strategy.return_value.num_replicas_in_sync = 8
    monkeypatch.setitem(sys.modules, "tensorflow", stand_in)
    monkeypatch.setenv("TPU_NAME", "local")
    monkeypatch.setattr(keras.backend, "backend", lambda: "tensorflow")
    assert distribution.devices(8) is strategy.return_value.scope()
    used = [name.rpartition(".")[2] for name, *_ in stand_in.mock_calls[:4]]
    begun = ["experimental_connect_to_cluster", "initialize_tpu_system"]
    assert used == ["TPUClusterResolver", *begun, "TPUStrategy"]
    with pytest.raises(InputError, match="4 devices: .* this one has 8 cores"):
        distribution.devices(4)


def test_batch_normalisation_is_as_it_was_outside_of_the_context(monkeypatch):
    layer, own = (keras.layers.BatchNormalization() for _ in range(2))
    model = keras.Sequential([keras.Input((2,)), keras.Sequential([layer, own])])
    own.synchronized = True
    with distribution.synchronised(model):
        # One device needs nothing.
        assert not layer.synchronized
    monkeypatch.setattr(tf.distribute, "has_strategy", lambda: True)
    with distribution.synchronised(model):
        assert layer.synchronized == (keras.backend.backend() == "tensorflow")
    assert own.synchronized and not layer.synchronized


@pytest.mark.slow
def test_two_jax_processes_give_what_one_gives():
    example = "examples/multi_process_jax.py"
    alone = numbers(run("jax", example))
    together = [numbers(out) for out in two_processes([example], [example])]
    assert together[0] == together[1]
    # Six digits are printed.
    np.testing.assert_allclose(together[0], alone, rtol=1e-5, atol=1.5e-6)


@pytest.mark.slow
def test_of_two_jax_processes_the_first_one_writes_and_both_go_on(tmp_path):
    script, whole, parts = ["-m", "tests.jax_process"], tmp_path / "1", tmp_path / "2"
    alone = run("jax", *script, str(whole), "3").splitlines()
    stopped, resumed = (
        two_processes(*[[*script, str(parts), str(epochs)]] * 2) for epochs in (2, 3)
    )
    first, second = (out.splitlines()[-2:] for out in stopped)
    names = [f"epoch-{epoch:06d}" for epoch in (1, 2, 3)]
    assert first[0] == str({"from": 0, "written": names[:2]})
    assert second[0] == str({"from": 0, "written": []})
    first, second = (out.splitlines()[-2:] for out in resumed)
    assert first[0] == str({"from": 2, "written": names[2:]})
    assert second[0] == str({"from": 2, "written": []})
    assert first[1] == second[1]
    np.testing.assert_allclose(numbers(first[1]), numbers(alone[1]), rtol=1e-5)

    elsewhere = [*script, str(tmp_path / "3"), "4"]
    with pytest.raises(AssertionError, match="disk that all of them share"):
        two_processes([*script, str(parts), "4"], elsewhere)


@pytest.mark.slow
def test_sharded_classes_give_what_one_device_gives():
    example = "examples/sharded_classes_jax.py"
    alone, sharded = run("jax", example, "1", "1"), run("jax", example, "2", "4")
    assert "8 devices, each with (4096, 64) of (16384, 64)" in sharded
    losses = [numbers(out.splitlines()[-1]) for out in (alone, sharded)]
    assert losses[0][0] != losses[0][-1]
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-5)


def two_processes(first, second):
    """The output of two JAX processes that work together."""
    address = f"localhost:{free_ports(1)[0]}"
    with ThreadPoolExecutor() as pool:
        parts = [
            pool.submit(run, "jax", *command, str(process), "2", address)
            for process, command in enumerate((first, second))
        ]
        return [part.result() for part in parts]


def numbers(text):
    return [float(number) for number in re.findall(r"\d+\.\d+", text)]
