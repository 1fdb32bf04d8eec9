import json
import shutil
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_pod import data as datasets
from keras_pod.analysis import GaussianClassifier
from keras_pod.core.errors import InputError
from keras_pod.evaluation import Temperature, with_probabilities
from keras_pod.experiments.after import evaluate as module
from keras_pod.experiments.after.evaluate import evaluate
from keras_pod.experiments.cli import main as cli
from keras_pod.experiments.run.measures import gaussian_accuracy
from tests.experiments.conftest import squares


def write(path, count, seed=0):
    (x_train, y_train), (x_test, y_test) = squares(count, seed), squares(30, seed + 1)
    np.savez(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return path


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
    tail = ["--imbalance", "8", "--class-weight", "auto", "--epochs", "4"]
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
    other = write(tmp_path / "other.npz", 60, seed=5)
    seen = {}

    def spy(model, images, test):
        seen.update(images=images, test=test)
        return gaussian_accuracy(model, images, test)

    monkeypatch.setattr(module, "gaussian_accuracy", spy)
    measured = evaluate(out, str(other), gaussian=True)
    run = json.loads((out / "run.json").read_text())
    assert measured["data"] == "other"
    assert seen["images"].num_train == run["data"]["num_train"] == 90
    expected = datasets.load(data, validation_split=0.25, limit=90).arrays
    np.testing.assert_array_equal(seen["images"].arrays.x_train, expected.x_train)
    np.testing.assert_array_equal(seen["test"][1], datasets.load(other).arrays.y_test)


def test_gaussian_accuracy_tests_on_the_test_images_of_the_data(squares_run):
    out, data = squares_run.run, squares_run.data
    model, images = keras.models.load_model(out / "model.keras"), datasets.load(data)
    arrays = images.arrays
    test = model.predict(arrays.x_test, verbose=0)["features"], arrays.y_test
    assert gaussian_accuracy(model, images) == gaussian_accuracy(model, images, test)
    wrong = test[0], (test[1] + 1) % 3
    assert gaussian_accuracy(model, images, wrong)["accuracy"] < 0.3


@pytest.mark.parametrize("count, seed", [(120, 0), (240, 7)])
def test_other_training_images_than_the_run_had(squares_run, tmp_path, count, seed):
    out, data = squares_run.run, squares_run.data
    before = data.read_bytes()
    write(data, count, seed)
    try:
        if count == 120:
            # The limit hides it: 90 of them are taken, but others.
            assert datasets.load(data, validation_split=0.25, limit=90).num_train == 90
        assert "gaussian" not in evaluate(out)
        with pytest.raises(InputError, match="squares.npz.*changed since"):
            evaluate(out, gaussian=True)
    finally:
        data.write_bytes(before)


def test_the_classes_are_those_that_predict_answers(squares_run, tmp_path):
    run = shutil.copytree(squares_run.run, tmp_path / "run")
    model = keras.models.load_model(run / "model.keras")
    always = Temperature(1.0, np.array([0.0, 99.0, 0.0]))
    with_probabilities(model, always).save(run / "model.keras")
    found = evaluate(run)["class_accuracy"]
    assert found == {"0": 0.0, "1": 1.0, "2": 0.0}


def test_the_command(squares_run, capsys):
    assert cli.main(["evaluate", str(squares_run.run), "--gaussian"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "accuracy of a Gaussian per class on the features (shrinkage 0." in shown


def test_the_command_in_a_process_of_its_own_loads_the_run(squares_run):
    # There the package imports only what the command asks for.
    done = subprocess.run(
        [sys.executable, "-m", "keras_pod", "evaluate", str(squares_run.run), "--json"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["images"] == 30
