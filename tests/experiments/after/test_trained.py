import os
import zipfile

import keras
import numpy as np
import pytest

from keras_pod import Classifier, layers, losses
from keras_pod.core.errors import InputError
from keras_pod.experiments.after.trained import Trained, load_trained
from keras_pod.experiments.run.run_folder import RunFolder


@pytest.mark.parametrize(
    ("head", "loss", "name"),
    [
        (lambda: layers.PEDCC(3), losses.NaCLoss, "cosine"),
        (lambda: layers.CosineDense(3), losses.AMSoftmaxLoss, "cosine"),
        (lambda: layers.AngularDense(3), losses.CrossEntropyLoss, "probability"),
        (
            lambda: layers.CosineDense(3, normalise_features=False),
            losses.CrossEntropyLoss,
            "probability",
        ),
        (
            lambda: keras.layers.Dense(3, dtype="float32"),
            losses.CrossEntropyLoss,
            "probability",
        ),
    ],
)
def test_scores_are_what_their_name_says(head, loss, name, tmp_path):
    inputs, head = keras.Input((4,)), head()
    model = Classifier(inputs, {"logits": head(inputs), "features": inputs})
    model.compile("sgd", loss())
    model.save(tmp_path / "model.keras")
    x = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
    # Loaded, with a loss or without one.
    for compiled in (True, False):
        again = keras.models.load_model(tmp_path / "model.keras", compile=compiled)
        run = Trained(again, {}, {})
        assert run.score_name == name
        out = again.predict(x, verbose=0)
        scores = run.scores(out)
        if name == "probability":
            np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=1e-5)
            continue
        own = head.centroids if isinstance(head, layers.PEDCC) else head.kernel
        own = np.array(keras.ops.convert_to_numpy(own), "float64")
        cosines = (x @ own.T) / np.linalg.norm(x, axis=1)[:, None]
        cosines /= np.linalg.norm(own, axis=1)
        np.testing.assert_allclose(scores, cosines, rtol=1e-4, atol=1e-6)


def test_a_damaged_model_is_bad_input(tmp_path):
    folder = RunFolder(tmp_path)
    folder.write_json({"settings": {}, "data": {}})
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)]).save(folder.model)
    whole = folder.model.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], whole[len(whole) // 2 :]):
        folder.model.write_bytes(damaged)
        with pytest.raises(InputError, match=r"model\.keras cannot be loaded"):
            load_trained(tmp_path)


def test_bytes_that_are_not_what_was_packed(tmp_path):
    """Whatever Keras makes of them."""
    folder = RunFolder(tmp_path)
    folder.write_json({"settings": {}, "data": {}})
    inputs = keras.Input((4,))
    head = layers.PEDCC(3)
    model = Classifier(inputs, {"logits": head(inputs), "features": inputs})
    model.save(tmp_path / "whole.keras")
    with zipfile.ZipFile(tmp_path / "whole.keras") as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    rng = np.random.default_rng(0)
    for place in range(24):
        name = list(parts)[place % len(parts)]
        damaged = bytearray(parts[name])
        damaged[len(damaged) // 2 :] = rng.bytes(len(damaged) // 2 + 1)
        with zipfile.ZipFile(folder.model, "w", zipfile.ZIP_DEFLATED) as file:
            for other, content in parts.items():
                file.writestr(other, bytes(damaged) if other == name else content)
        packed = bytearray(folder.model.read_bytes())
        if place >= 12:
            packed[rng.integers(len(packed))] ^= 255
            packed[rng.integers(len(packed))] ^= 255
        folder.model.write_bytes(packed)
        try:
            # What is in metadata.json matters to nobody.
            assert isinstance(load_trained(tmp_path).model, Classifier)
        except InputError as error:
            assert "model.keras cannot be loaded" in str(error)


def test_another_model_is_bad_input(tmp_path):
    folder = RunFolder(tmp_path)
    folder.write_json({"settings": {}, "data": {}})
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)]).save(folder.model)
    with pytest.raises(InputError, match="holds a Sequential, not the keras_pod.Clas"):
        load_trained(tmp_path)
    nested = '{"a":' * 5000 + "1" + "}" * 5000
    with zipfile.ZipFile(folder.model, "w") as file:
        file.writestr("config.json", nested)
    with pytest.raises(InputError, match=r"model\.keras cannot be loaded"):
        load_trained(tmp_path)


def test_python_code_in_a_model_is_refused_and_does_not_run(tmp_path, monkeypatch):
    name = "KERAS_POD_TEST_LAMBDA"
    monkeypatch.setenv(name, "")
    code = keras.layers.Lambda(
        lambda x: (__import__("os").environ.update(KERAS_POD_TEST_LAMBDA="ran"), x)[1]
    )
    inputs = keras.Input((2,))
    outputs = {"logits": keras.layers.Dense(3)(code(inputs)), "features": inputs}
    folder = RunFolder(tmp_path)
    folder.write_json({"settings": {}, "data": {}})
    Classifier(inputs, outputs).save(folder.model)
    assert os.environ[name] == "ran"

    monkeypatch.setenv(name, "")
    with pytest.raises(InputError, match=r"model\.keras .*`Lambda` layer.*code"):
        load_trained(tmp_path)
    assert os.environ[name] == ""
    # It is what Keras would run.
    keras.models.load_model(folder.model, safe_mode=False)
    assert os.environ[name] == "ran"
