import keras
import pytest
import tensorflow as tf

from keras_pod.data import _leave_gpu_to_keras


@pytest.mark.parametrize(("backend", "hidden"), [("jax", True), ("tensorflow", False)])
def test_gpus_are_hidden_under_another_backend(monkeypatch, backend, hidden):
    seen = []

    def hide(*arguments):
        seen.append(arguments)
        raise RuntimeError("Visible devices cannot be modified after")

    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    monkeypatch.setattr(tf.config, "set_visible_devices", hide)
    _leave_gpu_to_keras()
    assert seen == [([], "GPU")] * hidden
