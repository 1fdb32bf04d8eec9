import keras
import pytest
import tensorflow as tf

from keras_pod.data import _leave_gpu_to_keras


@pytest.mark.parametrize(
    ("backend", "calls"),
    [("jax", [([], "GPU")]), ("torch", [([], "GPU")]), ("tensorflow", [])],
)
@pytest.mark.parametrize("late", [False, True])
def test_gpus_are_hidden_under_another_backend(monkeypatch, backend, calls, late):
    seen = []

    def hide(*arguments):
        seen.append(arguments)
        if late:
            raise RuntimeError("Visible devices cannot be modified after")

    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    monkeypatch.setattr(tf.config, "set_visible_devices", hide)
    _leave_gpu_to_keras()
    assert seen == calls
