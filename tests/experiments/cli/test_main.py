"""The command as a user runs it: output, files, exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_pod import methods
from keras_pod.experiments.after import predict
from keras_pod.experiments.cli import COMMANDS
from keras_pod.experiments.cli import main as cli
from keras_pod.experiments.compare import compare as module
from keras_pod.experiments.compare.plan import Sweep
from keras_pod.experiments.run.settings import Settings
from tests.experiments.conftest import squares


def test_evaluate(squares_run, capsys):
    out = str(squares_run.run)
    assert cli.main(["evaluate", out, "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)
    assert measured["images"] == 30
    assert 0 < measured["cosine"] <= 1
    assert cli.main(["evaluate", out]) == 0
    assert "accuracy of 2" in capsys.readouterr().out


def test_the_settings_of_another_run(squares_run, tmp_path):
    run = squares_run.run
    words = ["train", "--config", str(run), "--epochs", "1"]
    assert cli.main([*words, "--seed", "3", "--out", str(tmp_path / "same")]) == 0
    other = ["--loss", "softmax", "--out", str(tmp_path / "other")]
    assert cli.main([*words[:2], str(run / "run.json"), *words[3:], *other]) == 0
    had, same, softmax = (
        json.loads((folder / "run.json").read_text())["settings"]
        for folder in (run, tmp_path / "same", tmp_path / "other")
    )
    assert same == had | {"epochs": 1, "seed": 3}
    assert softmax["batch_size"] == 45
    # The rate and the options are the loss's own.
    own = Settings(loss="softmax", batch_size=45).resolve(3, 90)
    assert softmax["lr"] == own.lr != had["lr"]
    assert (softmax["options"], softmax["neck"]) == ({}, "none")


def test_predict(squares_run, capsys):
    out, images = str(squares_run.run), squares_run.images
    assert cli.main(["predict", out, str(images), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    # The files hold the first test images: the model itself says their classes.
    model = keras.models.load_model(squares_run.run / "model.keras")
    scores = model.predict(squares(30, 1)[0][:3], verbose=0)["logits"]
    assert [row["class"] for row in rows] == [str(c) for c in scores.argmax(axis=1)]
    assert len({row["class"] for row in rows}) > 1
    assert all(-1 <= row["cosine"] <= 1.000001 for row in rows)
    assert [Path(row["path"]).name for row in rows] == ["0.png", "1.png", "2.png"]
    assert cli.main(["predict", out, str(images / "1.png")]) == 0
    assert "1.png" in capsys.readouterr().out


def test_export(squares_run, tmp_path, capsys):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tf2onnx")
    run, out = str(squares_run.run), str(tmp_path / "a.onnx")
    arguments = ["export", run, "--format", "onnx", "--out", out]
    assert cli.main(arguments) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "30 test images of squares" in shown
    assert "largest difference to model.predict: " in shown
    assert cli.main(arguments) == 2
    assert "--force" in capsys.readouterr().err
    assert cli.main([*arguments, "--force"]) == 0


def test_bad_input_ends_with_2_and_a_message(squares_run, tmp_path, capsys):
    out, images = squares_run.run, squares_run.images
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


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "stopped"),
        (
            tf.errors.ResourceExhaustedError(None, None, "No space left on device"),
            1,
            "ResourceExhaustedError: No space left on device",
        ),
        (
            MemoryError("Unable to allocate 8 GiB"),
            1,
            "too little memory: Unable to allocate 8 GiB",
        ),
    ],
)
def test_how_a_command_ends(monkeypatch, capsys, error, code, message):
    monkeypatch.setattr(predict, "predict", mock.Mock(side_effect=error))
    assert cli.main(["predict", "run", "image.png"]) == code
    assert capsys.readouterr().err == f"keras-pod: {message}\n"


def test_unknown_flags_end_with_2():
    with pytest.raises(SystemExit) as end:
        cli.main(["train", "--no-such-flag"])
    assert end.value.code == 2


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_help_shows_an_example(command, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main([command, "--help"])
    assert end.value.code == 0
    assert f"example:\n  keras-pod {command}" in capsys.readouterr().out


def test_compare(tmp_path, monkeypatch):
    compare = mock.Mock()
    monkeypatch.setattr(module, "compare", compare)
    flags = ["--data", "squares.npz", "--epochs", "1", "--drop-last", "--out", "out"]
    flags += ["--methods", "softmax, pod:lam=0.1", "--seeds", "1", "--sweep", "2"]
    assert cli.main(["compare", *flags, "--jobs", "4", "--save"]) == 0
    settings = Settings(data="squares.npz", epochs=1, drop_last=True)
    compare.assert_called_once_with(
        ["softmax", "pod:lam=0.1"],
        settings,
        1,
        "out",
        Sweep(2),
        4,
        False,
        save=True,
        log="",
    )
    flags = ["--methods", "all", "--sweep", "3", "--sweep-epochs", "2", "--retry"]
    assert cli.main(["compare", *flags, "--validation-split", "0.5"]) == 0
    (names, settings, seeds, out, sweep, jobs, retry), _ = compare.call_args
    assert names == list(methods.METHODS) and settings == Settings()
    assert (seeds, out, jobs, retry) == (3, Path("runs/compare-digits"), None, True)
    assert sweep == Sweep(3, 2, 0.5)


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
    arguments = [
        "--data",
        path,
        "--backbone",
        "resnet8-4",
        "--epochs",
        "1",
        "--out",
        tmp_path / "run",
    ]
    subprocess.run(
        [sys.executable, "-m", "keras_pod", "train", "--backend", "jax", *arguments],
        check=True,
        capture_output=True,
        env=os.environ | {"KERAS_BACKEND": "tensorflow"},
    )
    assert json.loads((tmp_path / "run" / "run.json").read_text())["backend"] == "jax"
