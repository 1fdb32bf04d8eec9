import sys
import types

import keras
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from keras_pod.core.errors import InputError
from keras_pod.experiments.cli import main as cli
from keras_pod.experiments.run import trackers
from keras_pod.experiments.run.settings import Settings
from keras_pod.experiments.run.trackers import parse, tracking


def logged(folder):
    """The names of what TensorBoard shows of a run's validation."""
    found = EventAccumulator(str(folder / "validation"))
    found.Reload()
    return found.Tags()["tensors"] + found.Tags()["scalars"]


def test_train_with_tensorboard(squares_run):
    assert "epoch_accuracy" in logged(squares_run.run / "logs")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["compare", "--methods", "softmax", "--seeds", "1"], "logs/softmax-seed0-*"),
        (["tune", "--search", "lam=1/2", "--trials", "1"], "trials/logs/trial_0"),
    ],
)
def test_other_commands_with_tensorboard(npz, tmp_path, words, name):
    out = tmp_path / "out"
    words += ["--data", str(npz), "--backbone", "tiny", "--dim", "8", "--epochs", "1"]
    words += ["--batch-size", "60", "--log", "tensorboard", "--out", str(out)]
    assert cli.main(words) == 0
    (folder,) = out.glob(name)
    assert "epoch_accuracy" in logged(folder)


def test_names(monkeypatch):
    assert parse("") == ()
    with pytest.raises(InputError, match="did you mean 'tensorboard'"):
        parse("tensorbord")
    monkeypatch.setattr(trackers.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="--log mlflow needs .*pip install mlflow"):
        parse("mlflow")


def test_runs_of_other_trackers_end_with_the_training(tmp_path, monkeypatch):
    """The calls of Weights & Biases and of MLflow, as their documentation has them."""
    seen = []

    class Run:
        def __enter__(self):
            return self

        def __exit__(self, *error):
            seen.append("mlflow ended")

        def finish(self):
            seen.append("wandb ended")

    def module(name, **content):
        made = types.ModuleType(name)
        vars(made).update(content)
        monkeypatch.setitem(sys.modules, name, made)
        return made

    def begin(**arguments):
        seen.append(arguments)
        return Run()

    module("wandb", init=begin)
    module("wandb.integration")
    module("wandb.integration.keras", WandbMetricsLogger=keras.callbacks.Callback)
    callback = module("mlflow.keras", MlflowCallback=keras.callbacks.Callback)
    module("mlflow", start_run=begin, log_params=seen.append, keras=callback)
    with tracking(("wandb", "mlflow"), tmp_path / "a", Settings()) as callbacks:
        assert [type(c) for c in callbacks] == [keras.callbacks.Callback] * 2
        assert seen[0]["config"] == seen[2]
        assert seen[2].items() >= {"loss": "pod", "lr": "None"}.items()
        assert seen[0]["name"] == seen[1]["run_name"] == "a"
    assert seen[3:] == ["mlflow ended", "wandb ended"]
