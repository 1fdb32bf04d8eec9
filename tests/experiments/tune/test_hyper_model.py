"""The hypermodel inside KerasTuner's own tuners, and the state that must survive."""

import keras
import keras_tuner
import numpy as np
import pytest

import keras_pod
from keras_pod import data as datasets
from keras_pod.core.errors import InputError
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.tuning import hypermodel
from tests.experiments.conftest import squares
from tests.experiments.tune.conftest import flat, held_out_squares, make

pytestmark = [
    # KerasTuner's own.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Even though:UserWarning"),
    pytest.mark.usefixtures("eager"),
]


def history(tuner, trial_id):
    return RunFolder(tuner.get_trial_dir(trial_id)).read_history()


class Deltas(keras.callbacks.Callback):
    """The numbers that an uninterrupted run has after each epoch."""

    def __init__(self):
        super().__init__()
        self.seen = {}

    def on_epoch_end(self, epoch, logs=None):
        delta = float(self.model.head.delta)
        self.seen[epoch + 1] = (delta, logs["feature_norm"])


def test_hyperband_goes_on_exactly(tmp_path):
    """Hyperband of KerasTuner itself, beside uninterrupted runs."""
    data = held_out_squares(tmp_path)
    model = make(data, "alpha=0.01:0.2,lam", epochs=3)
    arguments = {"max_epochs": 3, "factor": 3, "seed": 3, "directory": str(tmp_path)}
    tuner = keras_tuner.Hyperband(model, "val_accuracy", **arguments)
    # Three of an epoch, the best of which then trains two more.
    tuner.oracle.max_trials = 4
    tuner.search(verbose=0)
    trials = tuner.oracle.trials.values()
    for each in trials:
        rows = history(tuner, each.trial_id)
        # What counts is the last epoch's.
        assert each.score == pytest.approx(rows[-1]["val_accuracy"])
        # delta_1 = alpha M_0, M_0 = 0.05: nothing of another trial.
        alpha = model.settings(each.hyperparameters).options["alpha"]
        if rows[0]["epoch"] == 1:
            assert rows[0]["delta"] == pytest.approx(alpha * 0.05, rel=1e-6)
    (trial,) = [t for t in trials if "tuner/trial_id" in t.hyperparameters]
    hp = trial.hyperparameters
    begun, gone_on = (history(tuner, i) for i in (hp["tuner/trial_id"], trial.trial_id))
    assert (len(begun), len(gone_on)) == (1, 2)
    alone, expected = model.build(hp), Deltas()
    model.fit(hp, alone, epochs=hp["tuner/epochs"], callbacks=[expected])
    # history.csv holds floats as Python prints them: nothing is lost.
    rows = {r["epoch"]: (r["delta"], r["feature_norm"]) for r in begun + gone_on}
    assert rows == expected.seen
    # The last epoch's weights are what is kept; the optimizer went on as well.
    again = tuner.load_model(trial)
    measured = again.evaluate(data.test, verbose=0, return_dict=True)
    assert measured["accuracy"] == pytest.approx(trial.score)
    assert int(again.optimizer.iterations) == int(alone.optimizer.iterations)
    for a, b in zip(again.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_lost_trial_is_failed_and_the_search_goes_on(data, tmp_path):
    model = make(data, "lam=1.0/1e30", grid=True, epochs=1, neck="none")
    tuner = keras_tuner.GridSearch(model, "val_accuracy", directory=str(tmp_path))
    tuner.search(verbose=0)
    trials = tuner.oracle.trials.values()
    assert [t.status for t in trials] == ["COMPLETED", "FAILED"]
    assert "the loss became" in [*trials][1].message


def test_arrays_and_the_idiom_of_keras_tuner(tmp_path, monkeypatch):
    x, y = squares(120, 0)
    model = make((x, y), "lam", epochs=1, batch_size=30, validation_split=0.25)
    assert (model.data.num_train, model.data.num_test) == (90, 30)
    assert model.base.batch_size == 30
    tuner = keras_tuner.RandomSearch(
        model, "val_accuracy", max_trials=1, directory=tmp_path
    )
    tuner.search(x[:60] / 255, y[:60], validation_split=0.5, verbose=0)
    assert [t.status for t in tuner.oracle.trials.values()] == ["COMPLETED"]
    seen = []

    def noted(self, batches, **kwargs):
        seen.append((len(batches), len(kwargs["validation_data"])))
        raise keras_tuner.errors.FailedTrialError("one is enough")

    monkeypatch.setattr(keras_pod.Classifier, "fit", noted)
    hp = keras_tuner.HyperParameters()
    built, enough = model.build(hp), keras_tuner.errors.FailedTrialError
    bad = keras_tuner.errors.FatalValueError
    held_out = {"validation_data": (x[:6], y[:6]), "batch_size": 60}
    for data, arguments, error, message in (
        ((x[:60], y[:60]), {"validation_split": 0.5}, enough, "enough"),
        ((x, y), held_out, enough, "enough"),
        ((), {}, enough, "enough"),
        ((x[:, :4], y), {}, bad, r"3 classes, 4x8x1, .* fit .* give hypermodel\(data="),
        ((x, np.eye(3)[y]), {}, bad, "this is single-label classification"),
        ((x, y), {"validation_split": 0}, bad, "nothing is held out"),
    ):
        with pytest.raises(error, match=message):
            model.fit(hp, built, *data, **arguments)
    assert seen == [(1, 1), (2, 1), (3, 1)]


def test_every_trial_starts_from_the_same_backbone(data):
    backbone = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(4)]
    )
    model = hypermodel(backbone, data, "softmax", "lr", epochs=1)
    hp = keras_tuner.HyperParameters()
    built = [model.build(hp) for _ in range(2)]
    dense = [m.layers[-3].get_layer(backbone.layers[-1].name) for m in built]
    assert dense[0] is not dense[1]
    expected = backbone.layers[-1].get_weights()[0]
    for layer in dense:
        np.testing.assert_array_equal(layer.get_weights()[0], expected)
    # Without a tuner they are trained as well.
    result = model.fit(hp, built[0])
    assert {"val_accuracy", "loss", "feature_norm"} <= result.keys()


def test_trials_never_see_the_test_images(npz):
    model = keras_pod.tuning.hypermodel("tiny", npz)
    held = np.concatenate([batch.numpy() for batch, _ in model.data.test])
    assert len(held) == 48
    train = {image.tobytes() for image in np.load(npz)["x_train"]}
    assert all(image.tobytes() in train for image in held)


def test_bad_input(data):
    whole = datasets.load("digits")
    for arguments, message in (
        ({"fixed": {"gamma": 1}}, "no option 'gamma'"),
        ({"fixed": {"dim": "big"}}, "--dim must be an integer"),
        ({"fixed": {"schedule": 3}}, "schedule '3'"),
        ({"data": whole}, "--validation-split must be in .0, 1.: 0.0"),
        ({"validate_every": 2}, "--validate-every 2: `tune` looks at every epoch"),
    ):
        with pytest.raises(InputError, match=message):
            hypermodel(flat(), **{"data": data} | arguments)
