"""Trackers: a run's numbers for TensorBoard, Weights & Biases or MLflow.

Each is the library's own Keras callback.
"""

import contextlib
import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras

from keras_pod.core.errors import InputError, unknown_name

Tracker = Callable[
    [contextlib.ExitStack, Path, dict[str, Any]], keras.callbacks.Callback
]


def _tensorboard(
    stack: contextlib.ExitStack, folder: Path, settings: dict[str, Any]
) -> keras.callbacks.Callback:
    return keras.callbacks.TensorBoard(folder, write_graph=False)


def _wandb(
    stack: contextlib.ExitStack, folder: Path, settings: dict[str, Any]
) -> keras.callbacks.Callback:
    import wandb
    from wandb.integration.keras import WandbMetricsLogger

    folder.mkdir(parents=True, exist_ok=True)
    run = wandb.init(
        project="keras-pod", name=folder.name, dir=str(folder), config=settings
    )
    stack.callback(run.finish)
    return WandbMetricsLogger()


def _mlflow(
    stack: contextlib.ExitStack, folder: Path, settings: dict[str, Any]
) -> keras.callbacks.Callback:
    import mlflow
    import mlflow.keras

    stack.enter_context(mlflow.start_run(run_name=folder.name))
    mlflow.log_params(settings)
    return mlflow.keras.MlflowCallback()


TRACKERS: dict[str, Tracker] = {
    "tensorboard": _tensorboard,
    "wandb": _wandb,
    "mlflow": _mlflow,
}


def parse(names: str) -> tuple[str, ...]:
    """The trackers in a text with commas.

    >>> parse("tensorboard")
    ('tensorboard',)

    Raises:
        InputError: an unknown tracker, or one that is not installed.
    """
    found = tuple(name.strip() for name in names.split(",") if name.strip())
    for name in found:
        if name not in TRACKERS:
            raise unknown_name("tracker", name, TRACKERS)
        if importlib.util.find_spec(name) is None:
            raise InputError(f"--log {name} needs a package: pip install {name}")
    return found


@contextlib.contextmanager
def tracking(
    names: tuple[str, ...], folder: Path, settings: dict[str, Any]
) -> Iterator[list[keras.callbacks.Callback]]:
    """The trackers' callbacks for one training, after which their runs end.

    Args:
        names: from `parse`.
        folder: where TensorBoard's and Weights & Biases's files go; its name is the
            run's.
        settings: what the run is described with.
    """
    with contextlib.ExitStack() as stack:
        yield [TRACKERS[name](stack, folder, settings) for name in names]
