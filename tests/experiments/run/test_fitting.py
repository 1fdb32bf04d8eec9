import keras
import pytest

from keras_pod import data as datasets
from keras_pod.callbacks import Resume
from keras_pod.core.errors import InputError
from keras_pod.experiments.run import fitting
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.settings import Settings


@pytest.mark.parametrize("given", ["soon", "-1", "inf"])
def test_the_seconds_between_checkpoints_are_checked(given, monkeypatch):
    monkeypatch.setenv("KERAS_POD_CHECKPOINT_SECONDS", given)
    with pytest.raises(InputError, match=f"_CHECKPOINT_SECONDS must .* got .?{given}"):
        fitting.checkpoint_seconds()


def test_arguments_of_fit(npz, tmp_path, console, monkeypatch):
    # As on JAX: on TensorFlow Keras hands nothing to threads.
    monkeypatch.setattr("keras.src.backend.IS_THREAD_SAFE", True)

    class Model:
        head = None

        def fit(self, batches, callbacks, **given):
            self.given = given
            log, *_, last = callbacks
            assert isinstance(last, Resume)
            # Steps do not wait for the bar.
            assert keras.callbacks.CallbackList([log])._async_train
            log.rows = []

    model, run = Model(), Settings(class_weight="auto", epochs=1).resolve(3)
    # A search may train for more epochs than the settings have.
    folder = RunFolder(tmp_path)
    fitting.fit(model, run, datasets.load(npz), folder, console, [], epochs=3)
    assert model.given["epochs"] == 3 and model.given["validation_freq"] == [1, 2, 3]
    assert model.given["class_weight"] == {0: 1, 1: 1, 2: 1}


def test_images_weigh_what_makes_classes_equal():
    wanted = Settings(class_weight="auto")
    weights = fitting.class_weight(wanted, [60, 30, 10])
    assert weights == pytest.approx({0: 5 / 9, 1: 10 / 9, 2: 10 / 3})
    assert fitting.class_weight(wanted, [4, 0]) == {0: 0.5, 1: 2.0}
    assert fitting.class_weight(Settings(), None) is None
    with pytest.raises(InputError, match="--class-weight auto .* fit in memory"):
        fitting.class_weight(wanted, None)
