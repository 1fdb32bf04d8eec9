import keras
import numpy as np
import pytest

import keras_pod
from keras_pod.callbacks import Resume


def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(48, 5)).astype("float32"), np.arange(48) % 3


def make():
    keras.utils.set_random_seed(7)
    inputs = keras.Input((5,))
    x = keras.layers.Dense(8, activation="relu")(inputs)
    x = keras.layers.Dropout(0.3)(x)
    x = keras.layers.BatchNormalization(momentum=0.9)(x)
    head = keras_pod.layers.PEDCC(3, alpha=0.1)
    model = keras_pod.Classifier(inputs, {"logits": head(x), "features": x})
    decay = keras.optimizers.schedules.CosineDecay(0.05, 20)
    model.compile(keras.optimizers.Adam(decay), keras_pod.losses.pod())
    return model


def run(folder, epochs, model=None):
    model = model or make()
    x, y = data()
    history = model.fit(
        x,
        y,
        epochs=epochs,
        batch_size=16,
        shuffle=False,
        verbose=0,
        callbacks=[Resume(folder, seed=7)],
    )
    return model, history


def test_a_resumed_run_ends_with_the_same_bits(tmp_path):
    whole, history = run(tmp_path / "whole", 5)
    run(tmp_path / "parts", 2)
    parts, rest = run(tmp_path / "parts", 5)
    assert rest.epoch == [2, 3, 4]
    assert rest.history["loss"] == history.history["loss"][2:]
    for a, b in zip(whole.weights, parts.weights, strict=True):
        assert np.array_equal(*map(keras.ops.convert_to_numpy, (a, b))), a.path


def test_an_epoch_that_was_cut_short_is_repeated(tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if self.epoch == 2 and batch == 1:
                raise KeyboardInterrupt

        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch

    whole, _ = run(tmp_path / "whole", 4)
    x, y = data()
    with pytest.raises(KeyboardInterrupt):
        make().fit(
            x,
            y,
            epochs=4,
            batch_size=16,
            shuffle=False,
            verbose=0,
            callbacks=[Resume(tmp_path / "cut", seed=7), Stop()],
        )
    cut, rest = run(tmp_path / "cut", 4)
    assert rest.epoch == [2, 3]
    for a, b in zip(whole.weights, cut.weights, strict=True):
        assert np.array_equal(*map(keras.ops.convert_to_numpy, (a, b))), a.path


def test_a_damaged_newest_checkpoint_is_passed_over(tmp_path, caplog):
    run(tmp_path, 3)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["epoch-000002.weights.h5", "epoch-000003.weights.h5"]
    newest = tmp_path / names[-1]
    newest.write_bytes(newest.read_bytes()[:1000])
    _, history = run(tmp_path, 4)
    assert history.epoch == [2, 3]
    assert "damaged" in caplog.text


def test_no_readable_checkpoint_is_an_error(tmp_path):
    (tmp_path / "epoch-000001.weights.h5").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="remove the folder"):
        run(tmp_path, 2)


def test_a_finished_run_does_nothing_more(tmp_path):
    first, _ = run(tmp_path, 2)
    again, history = run(tmp_path, 2)
    assert history.epoch == []
    for a, b in zip(first.weights, again.weights, strict=True):
        assert np.array_equal(*map(keras.ops.convert_to_numpy, (a, b)))


def test_an_interrupted_write_leaves_the_last_state(tmp_path, monkeypatch):
    model, _ = run(tmp_path, 1)

    def broken(path):
        path.write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(model, "save_weights", broken)
    with pytest.raises(OSError, match="no space"):
        run(tmp_path, 3, model)
    _, history = run(tmp_path, 2)
    assert history.epoch == [1]
