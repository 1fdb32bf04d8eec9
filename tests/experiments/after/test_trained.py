import io
import os
import shutil
import zipfile
from unittest import mock

import keras
import numpy as np
import pytest

from keras_pod import Classifier, layers
from keras_pod.core.errors import InputError
from keras_pod.experiments.after.trained import Trained, load_trained
from keras_pod.experiments.cli import main as cli
from keras_pod.experiments.run.run_folder import RunFolder

CONTENT = {
    "settings": {"data": "digits"},
    "data": {"class_names": ["a", "b", "c"], "image_shape": [8, 8, 1]},
}


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (lambda: layers.PEDCC(3), "cosine"),
        (lambda: layers.CosineDense(3), "cosine"),
        (lambda: layers.AngularDense(3), "probability"),
        (lambda: layers.CosineDense(3, normalise_features=False), "probability"),
        (lambda: keras.layers.Dense(3), "probability"),
    ],
)
def test_scores_are_what_their_name_says(head, name):
    inputs, head = keras.Input((4,)), head()
    model = Classifier(inputs, {"logits": head(inputs), "features": inputs})
    run, x = Trained(model, {}, {}), np.random.default_rng(0).normal(size=(6, 4))
    assert run.score_name == name
    scores = run.scores(model.predict(x, verbose=0))
    if name == "probability":
        np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=1e-5)
        return
    own = head.centroids if isinstance(head, layers.PEDCC) else head.kernel
    own = np.array(keras.ops.convert_to_numpy(own), "float64")
    cosines = (x @ own.T) / np.linalg.norm(x, axis=1)[:, None]
    cosines /= np.linalg.norm(own, axis=1)
    np.testing.assert_allclose(scores, cosines, rtol=1e-4, atol=1e-6)


@pytest.fixture
def folder(tmp_path):
    """A run without a model."""
    folder = RunFolder(tmp_path)
    folder.write_json(CONTENT)
    return folder


def test_another_or_a_damaged_model_is_bad_input(folder, monkeypatch):
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)]).save(folder.model)
    with pytest.raises(InputError, match="holds a Sequential, not the keras_pod.Clas"):
        load_trained(folder.path)
    whole = folder.model.read_bytes()
    nested = io.BytesIO()
    with zipfile.ZipFile(nested, "w") as file:
        file.writestr("config.json", '{"a":' * 5000 + "1" + "}" * 5000)
    for damaged in (b"", whole[: len(whole) // 2], nested.getvalue()):
        folder.model.write_bytes(damaged)
        with pytest.raises(InputError, match=r"model\.keras cannot be loaded"):
            load_trained(folder.path)
    # Keras raises what the place of the damage brings about.
    for error, told in (
        (MemoryError("4 TiB"), r"cannot be loaded \(4 TiB\); copy it again"),
        (TypeError("Could not locate class 'Mine'."), "import what registers that"),
    ):
        monkeypatch.setattr(keras.models, "load_model", mock.Mock(side_effect=error))
        with pytest.raises(InputError, match=told):
            load_trained(folder.path)


def test_python_code_in_a_model_is_refused_and_does_not_run(folder, monkeypatch):
    name = "KERAS_POD_TEST_LAMBDA"
    monkeypatch.setenv(name, "")
    code = keras.layers.Lambda(
        lambda x: (__import__("os").environ.update(KERAS_POD_TEST_LAMBDA="ran"), x)[1]
    )
    inputs = keras.Input((2,))
    outputs = {"logits": keras.layers.Dense(3)(code(inputs)), "features": inputs}
    Classifier(inputs, outputs).save(folder.model)
    assert os.environ[name] == "ran"
    monkeypatch.setenv(name, "")
    with pytest.raises(InputError, match=r"model\.keras .*`Lambda` layer.*code"):
        load_trained(folder.path)
    assert os.environ[name] == ""


def test_moved_data_are_given_to_commands(bars_run, tmp_path, capsys):
    shutil.copytree(bars_run.run, tmp_path / "run")
    moved = shutil.copy(bars_run.first, tmp_path / "moved.npz")
    folder = RunFolder(tmp_path / "run")
    content = folder.read_json()
    content["settings"]["data"] = "gone.npz"
    content["data"] |= {"path": "/gone.npz", "path_from_run": "gone.npz"}
    folder.write_json(content)
    for command in (["evaluate", "--gaussian"], ["calibrate"]):
        words = [command[0], str(folder.path), *command[1:]]
        assert cli.main(words) == 2
        assert "gone.npz' does not exist, where the run's" in capsys.readouterr().err
        assert cli.main([*words, "--data", str(moved)]) == 0
    # A run that is complete is not trained again on other images.
    words = ["train", "--data", str(moved), "--backbone", "small", "--dim", "8"]
    words += ["--epochs", "8", "--lr", "0.3", "--reserve", "1", "--batch-size", "30"]
    assert cli.main([*words, "--out", str(folder.path)]) == 2
    assert "began with other data (name first -> moved)" in capsys.readouterr().err


def test_a_run_that_was_changed_by_hand_is_bad_input(folder):
    folder.model.touch()
    for change, message in (
        ({"settings": {"data": 3}}, "settings.data is int, not str"),
        ({"data": {"class_names": ["a"]}}, "it has no data.image_shape"),
    ):
        folder.write_json(CONTENT | change)
        with pytest.raises(InputError, match=f"is not a run's JSON file: {message}"):
            load_trained(folder.path)
