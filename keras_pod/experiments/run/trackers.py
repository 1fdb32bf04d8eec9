"""Trackers: a run's numbers for TensorBoard, Weights & Biases or MLflow.

Each is the library's own Keras callback.
"""

import contextlib
import dataclasses
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import keras

from keras_pod.core.errors import InputError
from keras_pod.experiments.run.options import listed
from keras_pod.experiments.run.settings import Settings

TRACKERS = ("tensorboard", "wandb", "mlflow")


def parse(names: str) -> tuple[str, ...]:
    """The trackers in a text with commas; InputError if one is not installed."""
    found = tuple(listed("tracker", names, TRACKERS))
    for name in found:
        if importlib.util.find_spec(name) is None:
            raise InputError(f"--log {name} needs a package: pip install {name}")
    return found


@contextlib.contextmanager
def tracking(
    names: tuple[str, ...], folder: Path, settings: Settings
) -> Iterator[list[keras.callbacks.Callback]]:
    """The trackers' callbacks for one training, after which their runs end.

    A run has the name of the folder, where its files go, and the settings.
    """
    told = {name: str(value) for name, value in dataclasses.asdict(settings).items()}
    callbacks: list[keras.callbacks.Callback] = []
    with contextlib.ExitStack() as stack:
        if "tensorboard" in names:
            callbacks.append(keras.callbacks.TensorBoard(folder, write_graph=False))
        if "wandb" in names:
            import wandb
            from wandb.integration.keras import WandbMetricsLogger

            folder.mkdir(parents=True, exist_ok=True)
            about = {"project": "keras-pod", "name": folder.name, "config": told}
            run = wandb.init(dir=str(folder), **about)
            stack.callback(run.finish)
            callbacks.append(WandbMetricsLogger())
        if "mlflow" in names:
            import mlflow
            import mlflow.keras

            stack.enter_context(mlflow.start_run(run_name=folder.name))
            mlflow.log_params(told)
            callbacks.append(mlflow.keras.MlflowCallback())
        yield callbacks
