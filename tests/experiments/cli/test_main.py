"""The command as a user runs it: output, files, exit codes."""

import dataclasses
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from unittest import mock

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
    assert train.call_args.kwargs == {"devices": 2, "log": ()}


def test_bad_input_ends_with_2_and_a_message(squares_run, tmp_path, capsys):
    run, new, file = squares_run.run, tmp_path / "new", tmp_path / "file"
    no, sizes = tmp_path / "no", tmp_path / "sizes"
    file.touch()
    for i in range(4):
        (sizes / str(i % 2)).mkdir(parents=True, exist_ok=True)
        png = tf.io.encode_png(np.zeros((8, 8 + i, 1), "uint8")).numpy()
        (sizes / str(i % 2) / f"{i}.png").write_bytes(png)
    cases = [
        (f"train --loss pod:lamda=1 --out {new}", "did you mean 'lam'?"),
        (f"train --loss pod:lam=abc --out {new}", "loss 'pod:lam=abc': `lam` must be"),
        (f"train --data {sizes} --out {new}", "or --image-size SIDE"),
        (f"train --config {no} --out {new}", "does not exist"),
        (f"train --out {file}", "is a file"),
        (f"train --devices 0 --out {new}", "devices must be >= 1"),
        (f"compare --sweep-epochs 3 --out {new}", "is for --sweep"),
        (f"compare --jobs 0 --out {new}", "--jobs"),
        (f"compare --out {file}", "is a file"),
        (f"tune --search lambda --out {new}", "did you mean 'lam'"),
        (f"tune --fix lam --out {new}", "name=value"),
        (f"tune --fix lr=1 --lr 2 --out {new}", "lr is given as 1 and as 2.0"),
        (f"tune --loss pod:lam=2 --fix lam=1 --out {new}", "given as 2 and as 1"),
        (f"tune --out {file}", "is a file"),
        (f"tune --freeze --out {new}", "--freeze: without --pretrained"),
        (f"reproduce --out {new}", "name a table"),
        (f"reproduce pod-44 --out {new}", "did you mean 'pod-4'"),
        (f"reproduce pod-4 --out {file}", "is a file"),
        (f"extend {run} --data digits --out {file}", "is a file"),
        (f"report {run} --out {file}/page.html", "is a file"),
        (f"report {run} --out {new} --figures {file}", "--figures"),
        (f"evaluate {tmp_path}", "run.json"),
        (f"evaluate {tmp_path} --verification {tmp_path}", "there is no such file"),
        (f"evaluate {run} --data digits", "class names"),
        (f"export {run} --out {file}/served", "is a file"),
        (f"predict {run} {no}.png", "does not exist"),
    ]
    for command, message in cases:
        assert cli.main(command.split()) == 2, command
        error = capsys.readouterr().err
        assert message in error, (command, error)
        assert "Traceback" not in error
    assert not new.exists()


FULL = tf.errors.ResourceExhaustedError(None, None, "No space left")


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "stopped"),
        (MemoryError("8 GiB"), 1, "too little memory: 8 GiB"),
        (FULL, 1, "ResourceExhaustedError: No space left"),
    ],
)
def test_how_a_command_ends(monkeypatch, capsys, error, code, message):
    usual, told = warnings.formatwarning, []

    def fails(**_):
        told.append(warnings.formatwarning("few", UserWarning, "f.py", 1))
        raise error

    monkeypatch.setattr(predict, "predict", fails)
    assert cli.main(["predict", "run", "image.png"]) == code
    assert capsys.readouterr().err == f"keras-pod: {message}\n"
    assert told == ["keras-pod: few\n"] and warnings.formatwarning is usual


@pytest.mark.parametrize("command", [c.name for c in COMMANDS])
def test_help_shows_an_example(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main([command, "--help"])
    assert f"example:\n  keras-pod {command}" in capsys.readouterr().out


def test_compare(monkeypatch):
    compare = mock.Mock()
    monkeypatch.setattr(module, "compare", compare)
    flags = ["--data", "squares.npz", "--epochs", "1", "--drop-last", "--out", "out"]
    flags += ["--methods", "softmax, pod:lam=0.1", "--seeds", "1", "--sweep", "2"]
    assert cli.main(["compare", *flags, "--jobs", "4", "--save"]) == 0
    wanted = {"seeds": 1, "out": "out", "sweep": Sweep(2), "jobs": 4, "save": True}
    settings = Settings(data="squares.npz", epochs=1, drop_last=True)
    compare.assert_called_once_with(["softmax", "pod:lam=0.1"], settings, **wanted)
    flags = ["--methods", "all", "--sweep", "3", "--sweep-epochs", "2", "--retry"]
    assert cli.main(["compare", *flags]) == 0
    wanted = {"out": Path("runs/compare-digits"), "sweep": Sweep(3, 2)}
    wanted |= {"jobs": None, "retry": True}
    compare.assert_called_with([*methods.METHODS], Settings(), **wanted)


def test_reproduce_without_a_run(tmp_path, capsys):
    assert cli.main(["reproduce", "--list"]) == 0
    shown = capsys.readouterr().out
    assert "pod-1" in shown and "sbn-3" in shown
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
