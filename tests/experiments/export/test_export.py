"""Exports of runs; `test_serve.py` sends image files to one."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import types
import zipfile

import keras
import numpy as np
import pytest

from keras_pod import evaluation, methods
from keras_pod.core.errors import InputError
from keras_pod.experiments.cli import main as cli
from keras_pod.experiments.export import export, litert, onnx, saved_model
from keras_pod.experiments.export.export import ExportDiffers, export_model, export_run
from keras_pod.experiments.run.run_folder import RunFolder
from tests.experiments.conftest import save_squares, squares

IMAGES = squares(30, 1)[0]
OUTPUTS = {"class", "features", "logits", "score"}


@pytest.fixture(scope="module")
def run(squares_run, tmp_path_factory):
    run = shutil.copytree(squares_run.run, tmp_path_factory.mktemp("export") / "run")
    folder = RunFolder(run)
    # As if it had been trained on a streamed set: of image files the middle is cut.
    content = folder.read_json()
    content["data"]["test_short_side"] = 11
    folder.write_json(content)
    return run


@pytest.fixture(scope="module")
def model(run):
    return keras.models.load_model(run / "model.keras")


ALONE = """
import sys
for name in ("keras", "keras_pod", "jax", "torch"):
    sys.modules[name] = None
import numpy as np
import tensorflow as tf

folder, images = sys.argv[1], np.load(sys.argv[2])
loaded = tf.saved_model.load(folder)
pixels = tf.constant(images, tf.float32)
answers = [loaded.serve(tf.constant(images, tf.uint8))]
answers += [loaded.signatures["serving_default"](images=pixels)]
for i, answer in enumerate(answers):
    found = {k: v.numpy() for k, v in answer.items()}
    found["class_name"] = found["class_name"].astype(str)
    np.savez(f"{folder}/{i}.npz", names=loaded.class_names.numpy().astype(str), **found)
"""


def check_served_alone(folder, model, atol=2e-6):
    """Compare a SavedModel with the model where there is no Keras and no keras_pod."""
    np.save(folder / "images.npy", IMAGES)
    words = [sys.executable, "-c", ALONE, folder, folder / "images.npy"]
    done = subprocess.run(words, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr[-3000:]
    expected = model.predict(IMAGES, verbose=0)
    classes = expected["logits"].argmax(axis=1)
    cosines = np.asarray(model.head.cosines(expected["features"])).max(axis=1)
    assert len(set(classes)) > 1
    for i in (0, 1):
        with np.load(folder / f"{i}.npz") as answer:
            assert answer["names"].tolist() == ["0", "1", "2"]
            for name in ("logits", "features"):
                np.testing.assert_allclose(answer[name], expected[name], atol=atol)
                assert answer[name].dtype == "float32"
            np.testing.assert_allclose(answer["score"], cosines, atol=atol)
            np.testing.assert_array_equal(answer["class"], classes)
            assert answer["class"].dtype == "int32"
            assert answer["class_name"].tolist() == [str(c) for c in classes]


def test_a_saved_model_serves_without_keras(run, model):
    exported = export_run(run)
    compared = {"logits", "features", "score", "class"}
    files = {f"bytes: {name}" for name in compared}
    assert set(exported.check.differences) == compared | files
    assert exported.check.largest <= 1e-5
    check_served_alone(exported.path, model)


def test_a_classifier_of_ones_own(model, tmp_path):
    fitted = evaluation.Temperature(2.0)
    known = evaluation.with_probabilities(model, fitted)
    known = evaluation.with_threshold(known, "norm", 0.1)
    own = export_model(known, "abc", 8, tmp_path / "own")
    assert own.check.largest <= 1e-5
    assert set(own.names) == OUTPUTS | {"probabilities", "known"}
    assert saved_model.load(own.path)(IMAGES[:1])["class_name"][0] in (b"a", b"b", b"c")
    for names, size, message in (
        ("ab", 8, "2 class names for 3 classes"),
        ("abc", (8, 9), "the model takes images of shape .8, 8, 1."),
    ):
        with pytest.raises(InputError, match=message):
            export_model(model, names, size, tmp_path / "new")


def test_onnx_by_the_command(run, model, tmp_path, capsys):
    pytest.importorskip("tf2onnx")
    runtime = pytest.importorskip("onnxruntime")
    out = tmp_path / "a.onnx"
    words = ["export", str(run), "--format", "onnx", "--out", str(out)]
    assert cli.main(words) == 0
    assert "largest difference to model.predict: " in capsys.readouterr().out
    session = runtime.InferenceSession(out)
    assert {output.name for output in session.get_outputs()} == OUTPUTS
    for count in (1, 7):
        found = session.run(["logits"], {"images": IMAGES[:count].astype("float32")})
        expected = model.predict(IMAGES[:count], verbose=0)["logits"]
        np.testing.assert_allclose(found[0], expected, atol=1e-5)
    about = session.get_modelmeta().custom_metadata_map
    assert json.loads(about["class_names"]) == ["0", "1", "2"]
    assert [json.loads(about[name]) for name in ("score", "loss")] == ["cosine", "pod"]
    assert cli.main(words) == 2
    assert "--force" in capsys.readouterr().err


def test_litert(run, model, tmp_path):
    pytest.importorskip("ai_edge_litert")
    out = export_run(run, "litert", tmp_path / "a.tflite")
    assert out.check.largest <= 1e-5
    for count in (1, 7):
        found = litert.load(out.path)(IMAGES[:count])
        assert set(found) == OUTPUTS
        expected = model.predict(IMAGES[:count], verbose=0)["logits"]
        np.testing.assert_allclose(found["logits"], expected, atol=1e-5)
    with zipfile.ZipFile(out.path) as archive:
        assert archive.read("labels.txt").decode().split() == ["0", "1", "2"]


@pytest.fixture
def quick(monkeypatch):
    """In place of a SavedModel a folder that holds nothing; `off` is its error."""

    def write(served, path):
        path.mkdir()
        (path / "saved_model.pb").write_text("new")
        format.served = served

    def load(path):
        assert (path / "saved_model.pb").exists()

        def answer(images):
            out = {name: np.array(v) for name, v in format.served(images).items()}
            return out | {"logits": out["logits"] + format.off}

        return answer

    own = {"write": write, "load": load, "off": 0.0}
    format = types.SimpleNamespace(**vars(saved_model) | own)
    monkeypatch.setitem(export.FORMATS, "saved_model", format)
    return format


def test_an_export_is_replaced_by_force_if_the_new_one_answers_alike(
    run, tmp_path, quick
):
    quick.off, out = 1e-3, tmp_path / "served"
    with pytest.raises(ExportDiffers, match=r"by up to 0\.001"):
        export_run(run, out=out)
    assert list(tmp_path.iterdir()) == []
    out.mkdir()
    (out / "saved_model.pb").write_text("before")
    (out / "note").touch()
    with pytest.raises(InputError, match="already there; --force"):
        export_run(run, out=out)
    with pytest.raises(ExportDiffers):
        export_run(run, out=out, force=True)
    assert (out / "saved_model.pb").read_text() == "before" and (out / "note").exists()
    quick.off = 0.0
    export_run(run, out=out, force=True)
    assert [path.name for path in out.iterdir()] == ["saved_model.pb"]
    assert list(tmp_path.iterdir()) == [out]


def test_nothing_else_is_replaced(run, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").touch()
    (tmp_path / "file").touch()
    (tmp_path / "a.onnx").mkdir()
    for format, name, message in (
        ("saved_model", "photos", "is no saved_model"),
        ("saved_model", "file", "is no saved_model"),
        ("litert", "photos", "must be the name of a .tflite file"),
        ("onnx", "a.onnx", "is no model.onnx"),
    ):
        with pytest.raises(InputError, match=f"{name} .*{message}"):
            export_run(run, format, tmp_path / name, force=True)
    assert (tmp_path / "photos" / "a.png").exists()


def test_what_this_machine_cannot_write(run, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install onnx onnxruntime tf2onnx"):
        export_run(run, "onnx")
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    for format in ("saved_model", "litert"):
        with pytest.raises(InputError, match="--backend tensorflow"):
            export_run(run, format)


def on_backend(backend, run, *arguments):
    """`keras-pod export` on another backend, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "keras_pod", "export", run, *arguments],
        env=os.environ | {"KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_a_saved_model_from_jax(run, model, tmp_path):
    pytest.importorskip("jax")
    done = on_backend("jax", run, "--out", tmp_path / "served")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "bytes: features" in done.stdout
    check_served_alone(tmp_path / "served", model, atol=1e-5)


@pytest.mark.slow  # JAX's converter takes half a minute
@pytest.mark.parametrize(("backend", "converter"), onnx.CONVERTERS.items())
def test_onnx_from_each_backend(backend, converter, run, model, tmp_path):
    pytest.importorskip(backend)
    pytest.importorskip(converter)
    out = tmp_path / "a.onnx"
    done = on_backend(backend, run, "--format", "onnx", "--out", out)
    assert done.returncode == 0, done.stdout + done.stderr
    found = onnx.load(out)(IMAGES[:5])
    assert set(found) == OUTPUTS
    expected = model.predict(IMAGES[:5], verbose=0)
    for name in ("logits", "features"):
        np.testing.assert_allclose(found[name], expected[name], atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("loss", methods.METHODS)
def test_every_method_in_every_format(loss, tmp_path):
    data = str(save_squares(tmp_path / "squares.npz"))
    words = ["train", "--data", data, "--loss", loss, "--backbone", "resnet8-4"]
    words += ["--dim", "8", "--batch-size", "120", "--epochs", "1"]
    assert cli.main([*words, "--out", str(tmp_path / "run")]) == 0
    for format in export.FORMATS:
        out = export_run(tmp_path / "run", format)
        assert out.check.largest <= 1e-5, (format, out.check)
