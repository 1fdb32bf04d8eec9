import json

import keras
import numpy as np
import pytest

from keras_pod import data as datasets
from keras_pod.analysis import GaussianClassifier
from keras_pod.core.errors import InputError
from keras_pod.evaluation import retrieve, verify, verify_gallery
from keras_pod.experiments.after import evaluate as module
from keras_pod.experiments.after.evaluate import evaluate, read_pairs, verify_pairs
from keras_pod.experiments.after.trained import load_trained
from keras_pod.experiments.cli import main as cli
from tests import processes
from tests.experiments.conftest import copy_with_bias, save_squares


def test_gaussians_of_the_training_images_are_measured_beside_the_model(
    squares_run, tmp_path
):
    out = squares_run.run
    other = save_squares(tmp_path / "other.npz", 60, seed=5)
    plain, measured = evaluate(out, str(other)), evaluate(out, str(other), True)
    found = measured.pop("gaussian")
    assert measured == plain and plain["data"] == "other"
    assert set(found) == {"accuracy", "shrinkage", "tried"}
    assert found["tried"][found["shrinkage"]] == max(found["tried"].values())
    # The same by hand: fitted to the run's 90 images, tested on the 30 of the others.
    model = keras.models.load_model(out / "model.keras")
    part = datasets.load(squares_run.data, validation_split=0.25, limit=90).arrays
    test = datasets.load(other).arrays
    gaussians = GaussianClassifier(found["shrinkage"])
    gaussians.fit(model.predict(part.x_train, verbose=0)["features"], part.y_train)
    predicted = gaussians.predict(model.predict(test.x_test, verbose=0)["features"])
    assert found["accuracy"] == np.mean(predicted == test.y_test) > 0.8


def test_a_long_tailed_run_is_told_by_head_middle_and_tail(squares_run, tmp_path):
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


def test_other_training_images_than_the_run_had(squares_run):
    data = squares_run.data
    before = data.read_bytes()
    try:
        for count, seed in ((240, 7), (120, 0)):
            save_squares(data, count, seed)
            with pytest.raises(InputError, match="squares.npz.*changed since"):
                evaluate(squares_run.run, gaussian=True)
        # The limit hides it: 90 of them are taken, but others.
        assert datasets.load(data, validation_split=0.25, limit=90).num_train == 90
        assert "gaussian" not in evaluate(squares_run.run)
    finally:
        data.write_bytes(before)


def test_the_classes_are_those_that_predict_answers(squares_run, tmp_path):
    run = copy_with_bias(squares_run.run, tmp_path / "run", [0.0, 99.0, 0.0])
    found = evaluate(run)["class_accuracy"]
    assert found == {"0": 0.0, "1": 1.0, "2": 0.0}


def test_the_command_in_a_process_of_its_own_loads_the_run(squares_run):
    # There the package imports only what the command asks for.
    words = ["-m", "keras_pod", "evaluate", str(squares_run.run), "--gaussian"]
    shown = " ".join(processes.run("tensorflow", *words).split())
    assert "30 test images of squares" in shown and "accuracy of 2" in shown
    assert "accuracy of a Gaussian per class on the features (shrinkage 0." in shown


@pytest.fixture(scope="module")
def trained(bars_run):
    return load_trained(bars_run.run)


@pytest.fixture(scope="module")
def features(trained, bars_run):
    """Features of the test images of all four classes, with their labels."""
    arrays = datasets.load(bars_run.whole).arrays
    return trained.model.predict(arrays.x_test, verbose=0)["features"], arrays.y_test


def test_all_pairs_and_retrieval_of_the_test_images(bars_run, features, capsys):
    x, y = features[0][features[1] < 3], features[1][features[1] < 3]
    words = ["evaluate", str(bars_run.run), "--verification", "--retrieval", "--json"]
    assert cli.main(words) == 0
    found = json.loads(capsys.readouterr().out)
    expected = verify_gallery(x, y)
    assert found["verification"]["auc"] == pytest.approx(expected.auc, abs=1e-4)
    assert found["verification"]["same"] == expected.same
    rates = [point["far"] for point in found["verification"]["operating"]]
    assert rates == [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6]
    expected = retrieve(x, y)
    assert set(found["retrieval"]["recall"]) == {*"15", "10"}
    average = found["retrieval"]["mean_average_precision"]
    assert average == pytest.approx(expected.mean_average_precision, abs=1e-4)
    module.show(found)
    shown = " ".join(capsys.readouterr().out.split())
    assert "equal error rate" in shown and "recall@10" in shown


def test_pairs_of_a_file(trained, bars_run, features, tmp_path):
    bars_run.folder(tmp_path / "images", [0, 3])
    lines = ["images/0/0.png,images/0/1.png,same", "images/3/2.png, images/0/1.png,0"]
    lines += ["", "images/3/0.png,images/3/1.png,1", "images/0/3.png,images/3/4.png,0"]
    (tmp_path / "pairs.csv").write_text("\n".join(lines))
    found = verify_pairs(trained, read_pairs(tmp_path / "pairs.csv"))
    zero, three = (features[0][features[1] == c] for c in (0, 3))
    compared = [(zero[0], zero[1]), (three[2], zero[1])]
    compared += [(three[0], three[1]), (zero[3], three[4])]
    cosines = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in compared]
    expected = verify(np.array(cosines), np.array([True, False, True, False]))
    assert (found.same, found.different) == (2, 2)
    assert found.auc == expected.auc and found.eer == expected.eer
    assert found.eer_threshold == pytest.approx(expected.eer_threshold, abs=1e-4)
    (tmp_path / "images/3/0.png").write_bytes(b"no image")
    with pytest.raises(InputError, match=r"pairs.csv, line 4: cannot read '.*3/0.png'"):
        verify_pairs(trained, read_pairs(tmp_path / "pairs.csv"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.png,a.png,same\na.png,same", "line 2, is 'a.png,same'"),
        ("a.png,a.png,perhaps", "'same' or 'different'"),
        ("\n\n", "holds no pair"),
        ("ä.png,b.png,same", "pairs.csv is no CSV file in UTF-8"),
        ("\na.png,b.png,1", r"pairs.csv, line 2: there is no file '.*b\.png'"),
    ],
)
def test_bad_files_of_pairs(tmp_path, text, message):
    (tmp_path / "a.png").touch()
    (tmp_path / "pairs.csv").write_text(text, encoding="latin-1")
    with pytest.raises(InputError, match=message):
        read_pairs(tmp_path / "pairs.csv")
