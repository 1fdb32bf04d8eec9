import json
import shutil

import keras
import numpy as np
import pytest

from keras_pod import data as datasets
from keras_pod.analysis import GaussianClassifier
from keras_pod.core.errors import InputError
from keras_pod.evaluation import Temperature, with_probabilities
from keras_pod.experiments.after import evaluate as module
from keras_pod.experiments.after.evaluate import evaluate
from keras_pod.experiments.after.run_images import trained_on
from keras_pod.experiments.after.trained import load_trained
from keras_pod.experiments.cli import main as cli
from keras_pod.experiments.run.measures import gaussian_accuracy
from tests import processes
from tests.experiments.conftest import save_squares


def test_gaussians_are_measured_beside_the_model(squares_run):
    out, data = squares_run.run, squares_run.data
    plain, measured = evaluate(out), evaluate(out, gaussian=True)
    found = measured.pop("gaussian")
    assert measured == plain and set(found) == {"accuracy", "shrinkage", "tried"}
    best = max(found["tried"].values())
    assert found["tried"][found["shrinkage"]] == best
    # The same by hand: fitted to the run's 90 images, tested on the 30 test images.
    model = keras.models.load_model(out / "model.keras")
    part = datasets.load(data, validation_split=0.25, limit=90).arrays
    whole = datasets.load(data).arrays
    gaussians = GaussianClassifier(found["shrinkage"])
    gaussians.fit(model.predict(part.x_train, verbose=0)["features"], part.y_train)
    predicted = gaussians.predict(model.predict(whole.x_test, verbose=0)["features"])
    assert found["accuracy"] == np.mean(predicted == whole.y_test)
    assert found["accuracy"] > 0.8


def test_a_long_tailed_run_is_told_by_head_middle_and_tail(
    squares_run, tmp_path, capsys
):
    out = tmp_path / "run"
    data = ["--data", str(squares_run.data), "--backbone", "tiny", "--dim", "8"]
    tail = ["--imbalance", "8", "--class-weight", "auto", "--epochs", "1"]
    assert cli.main(["train", *data, *tail, "--out", str(out)]) == 0
    counts = [80, 28, 10]
    assert json.loads((out / "run.json").read_text())["data"]["class_counts"] == counts
    measured = evaluate(out, gaussian=True)
    assert [part["images"] for part in measured["tail"].values()] == [
        [count, count] for count in counts
    ]
    by_class = [part["accuracy"] for part in measured["tail"].values()]
    assert by_class == list(measured["class_accuracy"].values())
    capsys.readouterr()
    module.show(measured)
    printed = capsys.readouterr().out
    assert "accuracy of tail classes (10 to 10 training images)" in printed


def test_gaussians_are_fitted_to_the_images_of_the_run(
    squares_run, tmp_path, monkeypatch
):
    out, data = squares_run.run, squares_run.data
    other = save_squares(tmp_path / "other.npz", 60, seed=5)
    seen = {}

    def spy(model, images, features, labels):
        seen.update(images=images, labels=labels)
        return gaussian_accuracy(model, images, features, labels)

    monkeypatch.setattr(module, "gaussian_accuracy", spy)
    assert evaluate(out, str(other), gaussian=True)["data"] == "other"
    run = json.loads((out / "run.json").read_text())
    assert seen["images"].num_train == run["data"]["num_train"] == 90
    expected = datasets.load(data, validation_split=0.25, limit=90).arrays
    np.testing.assert_array_equal(seen["images"].arrays.x_train, expected.x_train)
    np.testing.assert_array_equal(seen["labels"], datasets.load(other).arrays.y_test)


def test_other_training_images_than_the_run_had(squares_run):
    run, data = load_trained(squares_run.run), squares_run.data
    before = data.read_bytes()
    try:
        for count, seed in ((240, 7), (120, 0)):
            save_squares(data, count, seed)
            with pytest.raises(InputError, match="squares.npz.*changed since"):
                trained_on(run)
        # The limit hides it: 90 of them are taken, but others.
        assert datasets.load(data, validation_split=0.25, limit=90).num_train == 90
        assert "gaussian" not in evaluate(squares_run.run)
        with pytest.raises(InputError, match="squares.npz.*changed since"):
            evaluate(squares_run.run, gaussian=True)
    finally:
        data.write_bytes(before)


def test_the_classes_are_those_that_predict_answers(squares_run, tmp_path):
    run = shutil.copytree(squares_run.run, tmp_path / "run")
    model = keras.models.load_model(run / "model.keras")
    always = Temperature(1.0, np.array([0.0, 99.0, 0.0]))
    with_probabilities(model, always).save(run / "model.keras")
    found = evaluate(run)["class_accuracy"]
    assert found == {"0": 0.0, "1": 1.0, "2": 0.0}


def test_the_command_in_a_process_of_its_own_loads_the_run(squares_run):
    # There the package imports only what the command asks for.
    words = ["-m", "keras_pod", "evaluate", str(squares_run.run), "--gaussian"]
    shown = " ".join(processes.run("tensorflow", *words).split())
    assert "30 test images of squares" in shown and "accuracy of 2" in shown
    assert "accuracy of a Gaussian per class on the features (shrinkage 0." in shown
