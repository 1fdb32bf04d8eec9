import sys
from unittest import mock

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
    wandb, mlflow = mock.MagicMock(), mock.MagicMock()
    modules = {"wandb": wandb, "mlflow": mlflow, "mlflow.keras": mlflow.keras}
    modules |= {"wandb.integration": wandb, "wandb.integration.keras": wandb.ours}
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    run, ended = wandb.init.return_value, mlflow.start_run.return_value.__exit__
    with tracking(("wandb", "mlflow"), tmp_path / "a", Settings()) as callbacks:
        ours = wandb.ours.WandbMetricsLogger, mlflow.keras.MlflowCallback
        assert callbacks == [made.return_value for made in ours]
        (told,), begun = mlflow.log_params.call_args.args, wandb.init.call_args.kwargs
        assert begun["config"] == told and begun["name"] == "a"
        assert told.items() >= {"loss": "pod", "lr": "None"}.items()
        mlflow.start_run.assert_called_once_with(run_name="a")
        assert not run.finish.called and not ended.called
    run.finish.assert_called_once_with()
    ended.assert_called_once()
