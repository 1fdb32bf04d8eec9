"""Whether the input pipeline keeps up with the training step."""

import time

from rich.console import Console

from keras_pod.data import ImageSet
from keras_pod.experiments.run.build import build
from keras_pod.experiments.run.settings import Settings


def show_throughput(
    settings: Settings, data: ImageSet, seconds: float, console: Console
) -> None:
    """Print images a second of the pipeline alone and of the training step alone.

    Each is measured for about that many seconds. A model of its own is trained on one
    batch over and over, so that the run that follows is as if this had not been.
    """
    # Twice through: the first batches wait for buffers to fill and code to load.
    pipeline_speed(data, 1.0)
    told = compared(pipeline_speed(data, seconds), step_speed(settings, data, seconds))
    console.print(told, soft_wrap=True)


def compared(pipeline: float, step: float) -> str:
    """Both speeds, and which of the two holds up the other.

    >>> compared(1000.0, 4000.0)[-34:]
    'the pipeline is the slower by 4.0x'
    """
    slower = "the pipeline" if pipeline < step else "the training step"
    ratio = max(pipeline, step) / min(pipeline, step)
    return (
        f"pipeline alone {pipeline:,.0f} images/s, training step alone {step:,.0f} "
        f"images/s: {slower} is the slower by {ratio:.1f}x"
    )


def pipeline_speed(data: ImageSet, seconds: float) -> float:
    """Images a second of the training batches."""
    images, began = 0, time.perf_counter()
    while True:
        for x, _ in data.train:
            images += len(x)
            gone = time.perf_counter() - began
            if gone > seconds:
                return images / gone


def step_speed(settings: Settings, data: ImageSet, seconds: float) -> float:
    """Images a second of training steps on the same batch."""
    model, batch = build(settings, data), data.train.take(1).cache()
    size, steps = int(next(iter(batch))[0].shape[0]), 4
    while True:
        # The first round compiles; the rounds double until one is long enough.
        began = time.perf_counter()
        model.fit(batch.repeat(steps), shuffle=False, verbose=0)
        gone = time.perf_counter() - began
        if gone > seconds and steps > 4:
            return size * steps / gone
        steps *= 2
