import keras
import pytest
import tensorflow as tf

from keras_pod.data.gpu import leave_gpu_to_keras


@pytest.fixture
def calls(monkeypatch):
    seen = []
    monkeypatch.setattr(
        tf.config, "set_visible_devices", lambda *args: seen.append(args)
    )
    return seen


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_gpus_are_hidden_under_another_backend(monkeypatch, calls, backend):
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    leave_gpu_to_keras()
    assert calls == [([], "GPU")]


def test_gpus_are_kept_for_tensorflow(monkeypatch, calls):
    monkeypatch.setattr(keras.backend, "backend", lambda: "tensorflow")
    leave_gpu_to_keras()
    assert calls == []


def test_too_late_is_no_error(monkeypatch):
    def late(*_):
        raise RuntimeError("Visible devices cannot be modified after")

    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    monkeypatch.setattr(tf.config, "set_visible_devices", late)
    leave_gpu_to_keras()
