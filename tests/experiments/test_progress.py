import keras
from rich.console import Console

from keras_pod.callbacks import Resume
from keras_pod.experiments.progress import RunLog
from keras_pod.experiments.run_folder import RunFolder


def test_steps_do_not_wait_for_the_bar(tmp_path):
    log = RunLog(RunFolder(tmp_path), Resume(tmp_path), 3, Console(quiet=True))
    found = keras.callbacks.CallbackList([Resume(tmp_path), log])
    # On torch Keras hands nothing to threads.
    assert found._async_train == (keras.backend.backend() != "torch")
