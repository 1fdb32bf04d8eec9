"""The training of a built model: its batches, its callbacks, and where it goes on."""

import contextlib
import os
from typing import Any

import keras
from rich.console import Console

from keras_pod import data as datasets
from keras_pod import methods
from keras_pod.callbacks import NormAdaptiveDelta, ResetMomentum, Resume
from keras_pod.core.checks import number
from keras_pod.core.errors import InputError
from keras_pod.experiments.run.progress import RunLog
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.schedule import milestones
from keras_pod.experiments.run.settings import Resolved, Settings

_SECONDS = "KERAS_POD_CHECKPOINT_SECONDS"


def fit(
    model: keras.Model,
    settings: Resolved,
    data: datasets.ImageSet,
    folder: RunFolder,
    console: Console,
    callbacks: list[keras.callbacks.Callback],
    **changes: Any,
) -> list[dict[str, Any]]:
    """Train in a folder, from where that was stopped; the rows of its history.

    The changes are of the arguments of `model.fit`.
    """
    batches = data.train
    if methods.get(settings.loss).updates_per_batch == 2:
        batches = datasets.each_batch_twice(batches)
    # A search may give a trial another number of epochs.
    every, last = settings.validate_every, changes.get("epochs", settings.epochs)
    arguments = {
        "epochs": last,
        "validation_data": data.test,
        # After the last epoch as well.
        "validation_freq": sorted({*range(every, last + 1, every), last}),
        "class_weight": class_weight(settings, data.class_counts),
        # The data sets order themselves.
        "shuffle": False,
        "verbose": 0,
    }
    log = RunLog(folder, len(batches), console)
    seconds = checkpoint_seconds()
    resume = Resume(folder.checkpoints, seed=settings.seed, seconds=seconds)
    callbacks = [log, *callbacks_of(model, settings, data), *callbacks, resume]
    try:
        model.fit(batches, callbacks=callbacks, **arguments | changes)
    finally:
        log.close()
    return log.rows


def checkpoint_seconds() -> float:
    """The least time between checkpoints, which take as long as some steps."""
    seconds: Any = os.environ.get(_SECONDS, "10")
    with contextlib.suppress(ValueError):
        seconds = float(seconds)
    number(_SECONDS, seconds, 0)
    return seconds


def class_weight(
    settings: Settings, class_counts: list[int] | None
) -> dict[int, float] | None:
    """The weight N / (k n_j) of a class with n_j of the N images, on average 1."""
    if settings.class_weight == "none":
        return None
    if class_counts is None:
        raise InputError(
            "--class-weight auto is for data that fit in memory: of a streamed set the "
            "numbers of images are not known."
        )
    mean = sum(class_counts) / len(class_counts)
    # A class without images has no weight to be looked up.
    return {j: mean / max(count, 1) for j, count in enumerate(class_counts)}


def callbacks_of(
    model: keras.Model, settings: Resolved, data: datasets.ImageSet
) -> list[keras.callbacks.Callback]:
    """The callbacks that the data, the head, the method and the schedule ask for."""
    callbacks = [datasets.EpochOrder(data)]
    if settings.norm_pass:
        callbacks.append(NormAdaptiveDelta(data.train_in_order))
    elif model.head:
        callbacks += model.head.callbacks()
    method = methods.get(settings.loss)
    callbacks += method.callbacks(settings.epochs, settings.options)
    if settings.reset_momentum:
        shares = [share for share, _ in milestones(settings.schedule)]
        callbacks.append(ResetMomentum([round(s * settings.epochs) for s in shares]))
    return callbacks
