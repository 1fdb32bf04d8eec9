import functools
import itertools

import keras
import numpy as np
import pytest

import keras_pod
from keras_pod.callbacks import Resume
from keras_pod.callbacks.resuming import callback, checkpoint
from keras_pod.callbacks.resuming.callback import _seed_state
from keras_pod.core import replicas


def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(48, 5)).astype("float32"), np.arange(48) % 3


# Most of these run eagerly: to compile takes longer than their few steps.
def make_classifier(eager=True):
    keras.utils.set_random_seed(7)
    inputs = keras.Input((5,))
    x = keras.layers.Dense(8, activation="relu")(inputs)
    x = keras.layers.Dropout(0.3)(x)
    x = keras.layers.BatchNormalization(momentum=0.9)(x)
    head = keras_pod.layers.PEDCC(3, alpha=0.1)
    model = keras_pod.Classifier(inputs, {"logits": head(x), "features": x})
    decay = keras.optimizers.schedules.CosineDecay(0.05, 20)
    adam, loss = keras.optimizers.Adam(decay), keras_pod.losses.pod()
    model.compile(adam, loss, run_eagerly=eager)
    return model


def make_plain(eager=True):
    keras.utils.set_random_seed(7)
    layers = [keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.3)]
    model = keras.Sequential([keras.Input((5,)), *layers, keras.layers.Dense(3)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    sgd = keras.optimizers.SGD(0.5, momentum=0.9)
    model.compile(sgd, loss, run_eagerly=eager)
    return model


class Kill(keras.callbacks.Callback):
    """Ends the process's `fit` in the middle of an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.at = epoch

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.epoch == self.at and batch == 1:
            raise KeyboardInterrupt


def tf_data():
    if keras.backend.backend() != "tensorflow":
        pytest.skip("TensorFlow's data with TensorFlow")
    import tensorflow as tf

    batches = tf.data.Dataset.from_tensor_slices(data())
    return batches.shuffle(48, seed=1, reshuffle_each_iteration=False).batch(16)


def loader():
    torch = pytest.importorskip("torch")
    set_of = torch.utils.data.TensorDataset(*map(torch.as_tensor, data()))
    return torch.utils.data.DataLoader(set_of, 16, shuffle=True)


def run(
    folder,
    epochs=3,
    make=make_plain,
    callbacks=(),
    kill=None,
    make_data=None,
    **options,
):
    """(model, what `fit` returned), where None stands for having been killed."""
    model = make()
    callbacks = [*callbacks, Kill(kill)] if kill is not None else list(callbacks)
    if not any(isinstance(c, Resume) for c in callbacks):
        callbacks.append(Resume(folder, seed=7, callbacks=tuple(callbacks)))
    # After the seed is set, as a program would.
    x, y = (make_data(), None) if make_data else data()
    batch_size = None if make_data else 16
    options |= {"batch_size": batch_size, "verbose": 0, "validation_data": data()}
    try:
        return model, model.fit(x, y, epochs=epochs, callbacks=callbacks, **options)
    except KeyboardInterrupt:
        return model, None


def assert_same(one, other):
    """Models, and their optimizers, to the last bit."""
    ours, others = (
        [*model.weights, *model.optimizer.variables] for model in (one, other)
    )
    for a, b in zip(ours, others, strict=True):
        assert np.array_equal(*map(keras.ops.convert_to_numpy, (a, b))), a.path


CASES = {
    "classifier": {
        "make": functools.partial(make_classifier, eager=False),
        "shuffle": False,
    },
    "shuffled": {"make": functools.partial(make_plain, eager=False), "shuffle": True},
    "tf.data": {"make_data": tf_data},
    "torch": {"make_data": loader},
}


@pytest.mark.parametrize("case", CASES)
def test_a_killed_run_ends_with_the_same_bits(tmp_path, case):
    whole, history = run(tmp_path / "whole", **CASES[case])
    assert run(tmp_path / "parts", kill=1, **CASES[case])[1] is None
    # Numbers drawn in between count for nothing.
    np.random.normal(size=3)
    parts, rest = run(tmp_path / "parts", **CASES[case])
    assert_same(whole, parts)
    assert rest.history == history.history
    assert rest.epoch == history.epoch == [0, 1, 2]


class Record(keras.callbacks.Callback):
    """State of its own, and logs that Keras would hand to History as they are."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate
        self.sums = np.zeros(2)
        self.best = {"epoch": None}
        self.function = print

    def get_state(self):
        return {"rate": self.rate, "sums": self.sums, "best": self.best}

    def set_state(self, state):
        self.rate, self.sums, self.best = state["rate"], state["sums"], state["best"]

    def on_epoch_begin(self, epoch, logs=None):
        self.rate *= 0.5
        self.sums += [epoch, self.rate]
        self.best["drawn"] = np.random.normal()

    def on_epoch_end(self, epoch, logs=None):
        self.best["epoch"] = (epoch, logs["loss"])
        logs["rate"] = self.model.optimizer.learning_rate
        logs["tensor"] = keras.ops.convert_to_tensor(float(epoch))


def others(folder):
    callbacks = [
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.9 * rate),
        Record(4.0),
        keras.callbacks.EarlyStopping(
            "val_loss", min_delta=1e-4, patience=4, restore_best_weights=True
        ),
        keras.callbacks.ReduceLROnPlateau("val_loss", min_delta=0.3, patience=2),
        keras.callbacks.ModelCheckpoint(
            folder / "best.weights.h5", save_best_only=True, save_weights_only=True
        ),
        Record(1.0),
    ]
    return [*callbacks, Resume(folder, seed=7, callbacks=callbacks)]


def test_the_other_callbacks_go_on(tmp_path, caplog):
    callbacks = others(tmp_path / "whole")
    whole, history = run(tmp_path / "whole", epochs=20, callbacks=callbacks)
    epochs = len(history.epoch)
    # Early stopping ended it, and the rate was reduced before.
    assert 6 < epochs < 20
    rates = history.history["learning_rate"]
    assert min(b / a for a, b in itertools.pairwise(rates)) < 0.2
    # A variable that was logged is a number of its epoch.
    np.testing.assert_allclose(0.9 * np.array(history.history["rate"][:-1]), rates[1:])
    assert history.history["tensor"] == list(range(epochs))
    folder = tmp_path / "parts"
    for kill in (3, epochs - 1):
        assert run(folder, 20, callbacks=others(folder), kill=kill)[1] is None
    # The second time nothing is left to train, and that is said.
    for _ in range(2):
        again = others(folder)
        parts, rest = run(folder, 20, callbacks=again)
        assert_same(whole, parts)
        assert (rest.epoch, rest.history) == (history.epoch, history.history)
    assert f"after epoch {epochs}; remove {folder} to start anew" in caplog.text
    for a, b in zip(callbacks, again, strict=True):
        for name in ("wait", "best_epoch", "stopped_epoch", "cooldown_counter", "rate"):
            assert getattr(a, name, None) == getattr(b, name, None), name
    np.testing.assert_array_equal(again[1].sums, callbacks[1].sums)
    assert again[-2].best == callbacks[-2].best
    for model, name in [(whole, "whole"), (parts, "parts")]:
        model.load_weights(tmp_path / name / "best.weights.h5")
    assert_same(whole, parts)


def test_the_seed_decides_the_numbers_of_an_epoch(tmp_path):
    drawn = []
    for seed in (7, 7, 8):
        resume = Resume(tmp_path, seed=seed)
        resume.set_model(make_plain())
        resume.on_train_begin()
        drawn.append(np.random.uniform())
    assert drawn[0] == drawn[1] != drawn[2]


def test_other_callbacks_after_a_start(tmp_path, caplog):
    stop = keras.callbacks.EarlyStopping("val_loss", patience=50)
    run(tmp_path, 3, callbacks=[stop, Record(1.0)], kill=1)
    stop = keras.callbacks.EarlyStopping("val_loss", patience=70)
    run(tmp_path, 2, callbacks=[stop])
    assert stop.patience == 70
    assert "no callback takes the saved state of Record/0" in caplog.text


def test_a_damaged_newest_checkpoint_is_passed_over(tmp_path, caplog):
    whole, history = run(tmp_path / "whole", 4)
    folder = tmp_path / "parts"
    run(folder, 4, kill=3)
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["epoch-000002", "epoch-000003"]
    newest = folder / names[-1] / "model.weights.h5"
    newest.write_bytes(newest.read_bytes()[:1000])
    resume = Resume(folder, seed=7)
    parts, rest = run(folder, 4, callbacks=[resume])
    assert resume.epochs_done == 2
    assert "passing over the damaged checkpoint" in caplog.text
    assert_same(whole, parts)
    assert rest.history == history.history
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["epoch-000003", "epoch-000004"]


def test_a_finished_run_does_nothing_more_but_can_be_made_longer(tmp_path):
    whole, history = run(tmp_path / "whole", 3)
    first, _ = run(tmp_path / "parts", 2)
    again, rest = run(tmp_path / "parts", 2)
    assert rest.epoch == [0, 1]
    assert_same(first, again)
    longer, rest = run(tmp_path / "parts", 3)
    assert_same(whole, longer)
    assert rest.history == history.history
    # A `fit` without Resume starts where it is told to.
    x, y = data()
    assert longer.fit(x, y, epochs=1, verbose=0).epoch == [0]


def test_short_epochs_share_a_checkpoint(tmp_path, monkeypatch):
    now, taken = itertools.count(step=3.0), []
    monkeypatch.setattr(callback.time, "monotonic", lambda: next(now))
    monkeypatch.setattr(checkpoint, "write", lambda path, *_: taken.append(path.name))
    model, (x, y) = make_plain(), data()

    def fit(epochs, seconds, *callbacks):
        callbacks = [*callbacks, Resume(tmp_path, seconds=seconds)]
        model.fit(x, y, epochs=epochs, verbose=0, callbacks=callbacks)

    fit(7, 5)
    # The clock is read at the beginning, after each epoch and after each writing. The
    # last epoch of a `fit` always has one.
    assert taken == [f"epoch-00000{epoch}" for epoch in (2, 4, 6, 7)]
    # So has the one after which a callback ends it.
    stop = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: setattr(model, "stop_training", epoch == 2)
    )
    fit(20, 1e6, stop)
    assert taken[4:] == ["epoch-000003"]
    with pytest.raises(ValueError, match="seconds.*-1"):
        Resume(tmp_path, seconds=-1)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (0, 1, r"different epochs in .*: 0, 1\. Only the f"),
        (-1, 1, "process 0 cannot read the checkpoints in .*shared"),
        (1, -1, "no checkpoint in .* can be read; remove the folder"),
    ],
)
def test_processes_wait_for_each_other_and_start_from_one_epoch(
    tmp_path, monkeypatch, first, second, message
):
    """As the second of two processes; -1 is of one that cannot read a checkpoint."""
    told = []
    run(tmp_path / "first", 1)
    if second == -1:
        (tmp_path / "first" / "epoch-000001" / "state.json").unlink()

    def of_all(number):
        told.append(number)
        if len(told) == 1:
            # The first process ends the last checkpoint of a `fit` before.
            (tmp_path / "first").rename(tmp_path / "shared")
        return [first, number]

    monkeypatch.setattr(replicas, "of_all_processes", of_all)
    with pytest.raises(ValueError, match=message):
        run(tmp_path / "shared", 2)
    assert told == [0, second]


def test_a_model_that_is_not_built_is_refused(tmp_path):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    resume = Resume(tmp_path)
    resume.set_model(model)
    with pytest.raises(ValueError, match=r"keras\.Input"):
        resume.on_train_begin()


def test_every_epoch_has_random_numbers_of_its_own(tmp_path):
    """Also from the 2048th on, where the counter is more than an int32 holds."""
    for dtype in ("int32", "uint32"):
        for epoch in (0, 1, 2047, 2048, 4095):
            state = _seed_state(5, epoch, dtype)
            assert state.dtype == dtype
            assert state.astype("uint32").tolist() == [5, epoch << 20]
    drawn = []
    draw = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: drawn.append(np.random.normal())
    )
    options = {"initial_epoch": 2047, "callbacks": [draw]}
    model = run(tmp_path, 2049, make_classifier, **options)[0]
    assert all(np.isfinite(w).all() for w in model.get_weights())
    assert len(set(drawn)) == 2
