"""The command as a user runs it: output, files, exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_pod.experiments.cli import COMMANDS, predict
from keras_pod.experiments.cli import main as cli
from keras_pod.experiments.run.settings import Settings
from tests.experiments.conftest import squares

SMALL = ["--backbone", "resnet8-4", "--epochs", "8", "--dim", "8", "--lr", "0.3"]
SMALL += ["--batch-size", "120"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A finished run, and a folder with one image of each class."""
    folder = tmp_path_factory.mktemp("trained")
    (x_train, y_train), (x_test, y_test) = squares(240, 0), squares(30, 1)
    data = folder / "squares.npz"
    np.savez(data, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    out = folder / "run"
    code = cli.main(["train", "--data", str(data), *SMALL, "--out", str(out)])
    assert code == 0
    images = folder / "images"
    images.mkdir()
    for i in range(3):
        png = tf.io.encode_png(x_test[i]).numpy()
        (images / f"{i}.png").write_bytes(png)
    return out, images


def test_evaluate(trained, capsys):
    out, _ = trained
    assert cli.main(["evaluate", str(out), "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)
    run = json.loads((out / "run.json").read_text())
    assert measured["accuracy"] == pytest.approx(run["result"]["accuracy_last"])
    assert measured["images"] == 30
    assert 0 < measured["cosine"] <= 1
    assert cli.main(["evaluate", str(out)]) == 0
    assert "accuracy of 2" in capsys.readouterr().out


def test_the_settings_of_another_run(trained, tmp_path):
    run, _ = trained
    words = ["train", "--config", str(run), "--epochs", "1"]
    assert cli.main([*words, "--seed", "3", "--out", str(tmp_path / "same")]) == 0
    other = ["--loss", "softmax", "--out", str(tmp_path / "other")]
    assert cli.main([*words[:2], str(run / "run.json"), *words[3:], *other]) == 0
    had, same, softmax = (
        json.loads((folder / "run.json").read_text())["settings"]
        for folder in (run, tmp_path / "same", tmp_path / "other")
    )
    assert same == had | {"epochs": 1, "seed": 3}
    assert softmax["batch_size"] == 120
    # The rate and the options are the loss's own.
    own = Settings(loss="softmax", batch_size=120).resolve(3, 240)
    assert softmax["lr"] == own.lr != had["lr"]
    assert (softmax["options"], softmax["neck"]) == ({}, "none")


def test_predict(trained, capsys):
    out, images = trained
    assert cli.main(["predict", str(out), str(images), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    # The files hold the first test images: the model itself says their classes.
    model = keras.models.load_model(out / "model.keras")
    scores = model.predict(squares(30, 1)[0][:3], verbose=0)["logits"]
    assert [row["class"] for row in rows] == [str(c) for c in scores.argmax(axis=1)]
    assert len({row["class"] for row in rows}) > 1
    assert all(-1 <= row["cosine"] <= 1.000001 for row in rows)
    assert [Path(row["path"]).name for row in rows] == ["0.png", "1.png", "2.png"]
    assert cli.main(["predict", str(out), str(images / "1.png")]) == 0
    assert "1.png" in capsys.readouterr().out


def test_export(trained, tmp_path, capsys):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tf2onnx")
    run, out = trained[0], tmp_path / "a.onnx"
    arguments = ["export", str(run), "--format", "onnx", "--out", str(out)]
    assert cli.main(arguments) == 0
    shown = capsys.readouterr().out
    assert "30 test images of squares" in shown
    assert "largest difference to model.predict: " in shown
    assert cli.main(arguments) == 2
    assert "--force" in capsys.readouterr().err
    assert cli.main([*arguments, "--force"]) == 0


def test_bad_input_ends_with_2_and_a_message(trained, tmp_path, capsys):
    out, images = trained
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG no image")
    empty = tmp_path / "folder"
    (empty / "a").mkdir(parents=True)
    (empty / "b").mkdir()
    new = str(tmp_path / "new")
    sizes = tmp_path / "sizes"
    for i in range(4):
        (sizes / str(i % 2)).mkdir(parents=True, exist_ok=True)
        png = tf.io.encode_png(np.zeros((8, 8 + i, 1), "uint8")).numpy()
        (sizes / str(i % 2) / f"{i}.png").write_bytes(png)
    cases = [
        (["trian"], "unknown command 'trian'; did you mean 'train'?"),
        (["train", "--loss", "pod:lamda=1", "--out", new], "did you mean 'lam'?"),
        (["train", "--data", str(sizes), "--out", new], "--image-size SIDE to resize"),
        (["train", "--config", str(tmp_path / "no"), "--out", new], "does not exist"),
        (["train", "--log", "tensorbord", "--out", new], "did you mean 'tensorboard'"),
        (["train", "--data", "fashion_mnits", "--out", new], "fashion_mnist"),
        (["train", "--loss", "sofmax", "--out", new], "softmax"),
        (["train", "--backbone", "resnet19", "--out", new], "resnet18"),
        (["train", "--alpha", "-1", "--out", new], "alpha"),
        (["train", "--loss", "softmax", "--lam", "1", "--out", new], "lam"),
        (
            ["train", "--loss", "pod:lam=0.1", "--lam", "1", "--out", new],
            "--loss pod:lam=0.1 and --lam 1.0: give one value of lam",
        ),
        (
            ["train", "--loss", "pod:lam=1:lam=2", "--out", new],
            "pod:lam=1 and pod:lam=2:",
        ),
        (["train", "--data", str(tmp_path / "no"), "--out", new], "does not exist"),
        (["train", "--data", str(empty), "--out", new], "folder/a'"),
        (["train", "--out", str(broken)], "is a file"),
        (["train", "--devices", "0", "--out", new], "devices must be >= 1"),
        (["compare", "--methods", "softmax,pdo", "--out", new], "did you mean 'pod'"),
        (["compare", "--methods", ",", "--out", new], "names no method"),
        (["compare", "--sweep-epochs", "3", "--out", new], "are for --sweep"),
        (["compare", "--jobs", "0", "--out", new], "--jobs"),
        (["compare", "--out", str(broken)], "is a file"),
        (["tune", "--search", "lambda", "--out", new], "did you mean 'lam'"),
        (["tune", "--fix", "lam", "--out", new], "name=value"),
        (["tune", "--fix", "lr=1", "--lr", "2", "--out", new], "lr=1 and --lr 2.0:"),
        (["tune", "--fix", "lam=1", "--fix", "lam=2", "--out", new], "and --fix lam=2"),
        (
            ["tune", "--loss", "pod:lam=0.1", "--fix", "lam=1", "--out", new],
            "--loss pod:lam=0.1 and --fix lam=1: give one value of lam",
        ),
        (["tune", "--out", str(broken)], "is a file"),
        (["reproduce", "--out", new], "name a table"),
        (["reproduce", "pod-44", "--out", new], "did you mean 'pod-4'"),
        (["reproduce", "sbn-3", "--out", new], "NAME/*.jpg"),
        (["reproduce", "pod-4", "--scale", "big", "--out", new], "--scale"),
        (["reproduce", "pod-4", "--out", str(broken)], "is a file"),
        (["extend", str(out), "--data", "digits", "--out", str(broken)], "is a file"),
        (["report", str(out), "--out", str(broken / "page.html")], "is a file"),
        (["report", str(out), "--out", new, "--figures", str(broken)], "--figures"),
        (["evaluate", str(tmp_path)], "run.json"),
        (["evaluate", str(out), "--data", "digits"], "class names"),
        (["export", str(tmp_path)], "run.json"),
        (["export", str(out), "--format", "onx"], "did you mean 'onnx'"),
        (["export", str(out), "--out", str(broken / "served")], "is a file"),
        (["export", str(out), "--out", str(images), "--force"], "is no saved_model"),
        (["predict", str(out), str(tmp_path / "no.png")], "does not exist"),
    ]
    for arguments, message in cases:
        assert cli.main(arguments) == 2, arguments
        error = capsys.readouterr().err
        assert message in error, (arguments, error)
        assert "Traceback" not in error
    assert not Path(new).exists()


def test_a_stopped_command_ends_with_130(monkeypatch, capsys):
    def stop(arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(predict, "_predict", stop)
    assert cli.main(["predict", "run", "image.png"]) == 130
    assert capsys.readouterr().err == "keras-pod: stopped\n"


def test_an_error_of_tensorflow_ends_with_1_and_its_message(monkeypatch, capsys):
    tf = pytest.importorskip("tensorflow")

    def fail(arguments):
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setattr(predict, "_predict", fail)
    assert cli.main(["predict", "run", "image.png"]) == 1
    expected = "keras-pod: ResourceExhaustedError: No space left on device\n"
    assert capsys.readouterr().err == expected


def test_too_little_memory_ends_with_1_and_a_message(monkeypatch, capsys):
    def fail(arguments):
        raise MemoryError("Unable to allocate 8 GiB")

    monkeypatch.setattr(predict, "_predict", fail)
    assert cli.main(["predict", "run", "image.png"]) == 1
    expected = "keras-pod: too little memory: Unable to allocate 8 GiB\n"
    assert capsys.readouterr().err == expected


def test_unknown_flags_end_with_2():
    with pytest.raises(SystemExit) as end:
        cli.main(["train", "--no-such-flag"])
    assert end.value.code == 2


@pytest.mark.parametrize(
    "command", [module.__name__.split(".")[-1] for module in COMMANDS]
)
def test_help_shows_an_example(command, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main([command, "--help"])
    assert end.value.code == 0
    assert f"example:\n  keras-pod {command}" in capsys.readouterr().out


def test_compare(tmp_path, capsys):
    (x, y), path = squares(60, 0), tmp_path / "squares.npz"
    np.savez(path, x=x, y=y)
    flags = ["--data", str(path), *SMALL[:2], "--epochs", "1", "--dim", "8"]
    flags += ["--methods", "softmax, pod:lam=0.1", "--seeds", "1", "--sweep", "1"]
    flags += ["--batch-size", "16", "--drop-last"]
    out = tmp_path / "out"
    assert cli.main(["compare", *flags, "--jobs", "1", "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "pod:lam=0.1" in shown and "reference" in shown and "4/4" in shown
    assert (out / "curves.png").exists()
    planned = json.loads((out / "plan.json").read_text())["methods"]
    assert all(settings["drop_last"] for settings in planned.values())


def test_reproduce_lists_its_tables(capsys):
    assert cli.main(["reproduce", "--list"]) == 0
    shown = capsys.readouterr().out
    assert "pod-1" in shown and "sbn-3" in shown


def test_reproduce_without_a_run(tmp_path, capsys):
    out = ["--out", str(tmp_path / "out")]
    assert cli.main(["reproduce", "pod-3", "--scale", "small", *out]) == 0
    shown = capsys.readouterr().out
    assert "the n that was chosen" in shown and "2048" in shown


def test_as_a_module_on_another_backend(tmp_path):
    pytest.importorskip("jax")
    (x, y), path = squares(60, 0), tmp_path / "squares.npz"
    np.savez(path, x=x, y=y)
    arguments = ["--data", path, *SMALL[:2], "--epochs", "1", "--out", tmp_path / "run"]
    subprocess.run(
        [sys.executable, "-m", "keras_pod", "train", "--backend", "jax", *arguments],
        check=True,
        capture_output=True,
        env=os.environ | {"KERAS_BACKEND": "tensorflow"},
    )
    assert json.loads((tmp_path / "run" / "run.json").read_text())["backend"] == "jax"
