"""Whether the input pipeline keeps up with the training step."""

import time
from typing import Any

import keras
from rich.console import Console

from keras_pod.experiments.run.build import build
from keras_pod.experiments.run.settings import Settings


def throughput(settings: Settings, data: Any, seconds: float = 3.0) -> dict[str, float]:
    """Images a second of the pipeline alone and of the training step alone.

    Each is measured for about that many seconds. A model of its own is trained on one
    batch over and over, so that the run that follows is as if this had not been.
    """
    # Twice through: the first batches wait for buffers to fill and code to load.
    _pipeline(data, 1.0)
    return {
        "pipeline": _pipeline(data, seconds),
        "step": _step(build(settings, data), data, seconds),
    }


def _pipeline(data: Any, seconds: float) -> float:
    images, began = 0, time.perf_counter()
    while True:
        for x, _ in data.train:
            images += len(x)
            gone = time.perf_counter() - began
            if gone > seconds:
                return images / gone


def _step(model: keras.Model, data: Any, seconds: float) -> float:
    batch = data.train.take(1).cache()
    size = int(next(iter(batch))[0].shape[0])
    steps = 4
    while True:
        # The first round compiles; the rounds double until one is long enough.
        began = time.perf_counter()
        model.fit(batch.repeat(steps), shuffle=False, verbose=0)
        gone = time.perf_counter() - began
        if gone > seconds and steps > 4:
            return size * steps / gone
        steps *= 2


def show(found: dict[str, float], console: Console) -> None:
    """Prints the numbers of `throughput`, and which of the two holds up the other."""
    pipeline, step = found["pipeline"], found["step"]
    slower = "the pipeline" if pipeline < step else "the training step"
    ratio = max(pipeline, step) / min(pipeline, step)
    console.print(
        f"pipeline alone {pipeline:,.0f} images/s, training step alone {step:,.0f} "
        f"images/s: {slower} is the slower by {ratio:.1f}x",
        soft_wrap=True,
    )
