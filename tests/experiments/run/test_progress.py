import keras
from rich.console import Console

from keras_pod.callbacks import Resume
from keras_pod.experiments.run.progress import RunLog
from keras_pod.experiments.run.run_folder import RunFolder


def test_steps_do_not_wait_for_the_bar(tmp_path, monkeypatch):
    # As on JAX: on TensorFlow Keras hands nothing to threads.
    monkeypatch.setattr("keras.src.backend.IS_THREAD_SAFE", True)
    log = RunLog(RunFolder(tmp_path), 3, Console(quiet=True))
    assert keras.callbacks.CallbackList([Resume(tmp_path), log])._async_train
    log.async_safe = False
    assert not keras.callbacks.CallbackList([log])._async_train
