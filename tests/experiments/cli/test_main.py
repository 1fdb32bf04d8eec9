"""The command as a user runs it: output, files, exit codes."""

import dataclasses
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
from keras_pod.experiments.cli import main as cli
from keras_pod.experiments.cli.main import COMMANDS
from keras_pod.experiments.compare import compare as module
from keras_pod.experiments.compare.plan import Sweep
from keras_pod.experiments.run import train as training
from keras_pod.experiments.run.settings import Settings
from tests.experiments.conftest import squares


def test_evaluate(squares_run, capsys):
    assert cli.main(["evaluate", str(squares_run.run), "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)
    assert measured["images"] == 30
    assert 0 < measured["cosine"] <= 1


def test_the_settings_of_another_run(squares_run, monkeypatch):
    train = mock.Mock()
    monkeypatch.setattr(training, "train", train)
    run = squares_run.run
    words = ["train", "--config", str(run), "--epochs", "1", "--seed", "3"]
    assert cli.main([*words, "--out", "same"]) == 0
    words = ["train", "--config", str(run / "run.json"), "--loss", "softmax"]
    assert cli.main([*words, "--devices", "2"]) == 0
    had = json.loads((run / "run.json").read_text())["settings"]
    (same, out), (other, default) = (call.args for call in train.call_args_list)
    assert (out, default) == ("same", Path("runs/squares-softmax-seed0"))
    assert dataclasses.asdict(same) == had | {"epochs": 1, "seed": 3}
    # The rate and the options are the loss's own.
    own = Settings(loss="softmax", batch_size=45).resolve(3, 90)
    found = other.resolve(3, 90)
    assert found.lr == own.lr != had["lr"]
    assert (found.options, found.neck, found.batch_size) == ({}, "none", 45)
    chosen = {"devices": 2, "log": ()}
    assert train.call_args.kwargs == chosen


def test_predict(squares_run, tmp_path, capsys):
    images = squares(30, 1)[0][:3]
    for i, image in enumerate(images):
        (tmp_path / f"{i}.png").write_bytes(tf.io.encode_png(image).numpy())
    assert cli.main(["predict", str(squares_run.run), str(tmp_path), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    # The model itself says their classes.
    model = keras.models.load_model(squares_run.run / "model.keras")
    scores = model.predict(images, verbose=0)["logits"]
    assert [row["class"] for row in rows] == [str(c) for c in scores.argmax(axis=1)]
    assert len({row["class"] for row in rows}) > 1
    assert all(-1 <= row["cosine"] <= 1.000001 for row in rows)
    assert [Path(row["path"]).name for row in rows] == ["0.png", "1.png", "2.png"]
    assert set(rows[0]) == {"path", "class", "cosine", "feature_norm"}


def test_bad_input_ends_with_2_and_a_message(squares_run, tmp_path, capsys):
    out = squares_run.run
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
        (["train", "--loss", "pod:lamda=1", "--out", new], "did you mean 'lam'?"),
        (["train", "--data", str(sizes), "--out", new], "--image-size SIDE to resize"),
        (["train", "--config", str(tmp_path / "no"), "--out", new], "does not exist"),
        (["train", "--data", "fashion_mnits", "--out", new], "fashion_mnist"),
        (["train", "--backbone", "resnet19", "--out", new], "resnet18"),
        (["train", "--loss", "pod:alpha=-1", "--out", new], "alpha"),
        (["train", "--loss", "pod:lam=1:lam=2", "--out", new], "as 1 and as 2"),
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
        (["tune", "--fix", "lr=1", "--lr", "2", "--out", new], "lr is given as 1 and"),
        (["tune", "--loss", "pod:lam=2", "--fix", "lam=1", "--out", new], "2 and as 1"),
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


@pytest.mark.parametrize("words", [["trian"], ["train", "--no-such-flag"]])
def test_unknown_words_end_with_2(words):
    with pytest.raises(SystemExit) as end:
        cli.main(words)
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
    wanted = {"seeds": 1, "out": "out", "sweep": Sweep(2), "jobs": 4, "save": True}
    settings = Settings(data="squares.npz", epochs=1, drop_last=True)
    compare.assert_called_once_with(["softmax", "pod:lam=0.1"], settings, **wanted)
    flags = ["--methods", "all", "--sweep", "3", "--sweep-epochs", "2", "--retry"]
    assert cli.main(["compare", *flags, "--validation-split", "0.5"]) == 0
    wanted = {"out": Path("runs/compare-digits"), "sweep": Sweep(3, 2, 0.5)}
    wanted |= {"jobs": None, "retry": True}
    compare.assert_called_with([*methods.METHODS], Settings(), **wanted)


def test_reproduce_lists_its_tables(capsys):
    assert cli.main(["reproduce", "--list"]) == 0
    shown = capsys.readouterr().out
    assert "pod-1" in shown and "sbn-3" in shown


def test_reproduce_without_a_run(tmp_path, capsys):
    out = ["--out", str(tmp_path / "out")]
    assert cli.main(["reproduce", "pod-3", "--scale", "small", *out]) == 0
    shown = capsys.readouterr().out
    assert "the n that was chosen" in shown and "2048" in shown


def test_as_a_module_on_another_backend(squares_run):
    pytest.importorskip("jax")
    run = str(squares_run.run)
    done = subprocess.run(
        [sys.executable, "-m", "keras_pod", "train", "--backend", "jax"]
        + ["--config", run, "--out", run],
        capture_output=True,
        text=True,
        env=os.environ | {"KERAS_BACKEND": "tensorflow"},
    )
    assert done.returncode == 2
    assert "other settings (backend tensorflow -> jax)" in done.stderr
