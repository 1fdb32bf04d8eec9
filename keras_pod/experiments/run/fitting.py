"""The training of a built model: its batches, its callbacks, and where it goes on."""

import math
import os
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from rich.console import Console

from keras_pod import data as datasets
from keras_pod import methods
from keras_pod.callbacks import NormAdaptiveDelta, ResetMomentum, Resume
from keras_pod.core.errors import InputError
from keras_pod.experiments.run.progress import RunLog
from keras_pod.experiments.run.run_folder import RunFolder
from keras_pod.experiments.run.schedule import milestones
from keras_pod.experiments.run.settings import Settings

_SECONDS = "KERAS_POD_CHECKPOINT_SECONDS"


def fit(
    model: keras.Model,
    settings: Settings,
    data: datasets.ImageSet,
    folder: RunFolder,
    console: Console,
    callbacks: list[keras.callbacks.Callback],
    **changes: Any,
) -> list[dict[str, Any]]:
    """Train in a folder, from where that was stopped; the rows of its history.

    The changes are of the arguments of `model.fit`.
    """
    batches, own = fitting(model, settings, data)
    # A search may give a trial another number of epochs.
    every, last = settings.validate_every, changes.get("epochs", settings.epochs)
    arguments = {
        "epochs": last,
        "validation_data": data.test,
        # After the last epoch as well.
        "validation_freq": sorted({*range(every, last + 1, every), last}),
        # The data sets order themselves.
        "shuffle": False,
        "verbose": 0,
    }
    log = RunLog(folder, len(batches), console)
    seconds = checkpoint_seconds()
    resume = Resume(folder.checkpoints, seed=settings.seed, seconds=seconds)
    callbacks = [log, *own, *callbacks, resume]
    try:
        model.fit(batches, callbacks=callbacks, **arguments | changes)
    finally:
        log.close()
    return log.rows


def checkpoint_seconds() -> float:
    """The least time between checkpoints, which take as long as some steps."""
    given = os.environ.get(_SECONDS, "10")
    try:
        seconds = float(given)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < math.inf:
        raise InputError(f"{_SECONDS}={given} is no number of seconds; 0 is always.")
    return seconds


def fitting(
    model: keras.Model, settings: Settings, data: datasets.ImageSet
) -> tuple[tf.data.Dataset, list[keras.callbacks.Callback]]:
    """The batches and the callbacks that `fit` of a built model gets."""
    batches, method = data.train, methods.get(settings.loss)
    if settings.class_weight == "auto":
        batches = weighted(batches, data.class_counts)
    if method.updates_per_batch == 2:
        batches = datasets.each_batch_twice(batches)
    callbacks = [datasets.EpochOrder(data)]
    if settings.norm_pass:
        callbacks.append(NormAdaptiveDelta(data.train_in_order))
    elif model.head:
        callbacks += model.head.callbacks()
    callbacks += method.callbacks(settings.epochs, settings.options)
    if settings.reset_momentum:
        shares = [share for share, _ in milestones(settings.schedule)]
        callbacks.append(ResetMomentum([round(s * settings.epochs) for s in shares]))
    return batches, callbacks


def weighted(
    batches: tf.data.Dataset, class_counts: list[int] | None
) -> tf.data.Dataset:
    """Batches (images, labels) with a third entry, the weight of each image.

    It is N / (k n_j) for a class of n_j of the N images: their mean is 1.
    """
    if class_counts is None:
        raise InputError(
            "--class-weight auto is for data that fit in memory: of a streamed set the "
            "numbers of images are not known."
        )
    counts = np.array(class_counts, "float64")
    with tf.device("CPU:0"):
        # A class without images is never looked up.
        weights = counts.sum() / (len(counts) * np.maximum(counts, 1.0))
        table = tf.constant(weights, tf.float32)
    return batches.map(lambda x, y: (x, y, tf.gather(table, y)))
