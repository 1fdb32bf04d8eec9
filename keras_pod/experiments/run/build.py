"""Build a compiled classifier from settings and data."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras

from keras_pod import methods, models
from keras_pod.classifier import Classifier
from keras_pod.core.errors import InputError
from keras_pod.data.names import IMAGENET
from keras_pod.experiments.run.options import written
from keras_pod.experiments.run.schedule import milestones
from keras_pod.experiments.run.settings import Resolved, Settings
from keras_pod.layers import Head
from keras_pod.optimizers import L2SGD


def build(
    settings: Resolved, data: Any, backbone: keras.Model | None = None
) -> Classifier:
    """The compiled classifier of resolved settings, for `keras_pod.data` data.

    It takes raw pixels, 0..255: the normalisation is its first layer. The same seed
    gives every method the same initial backbone and feature layer. A `backbone` stands
    in for the one that the settings name.
    """
    keras.config.set_dtype_policy(settings.precision)
    keras.utils.set_random_seed(settings.seed)
    method = methods.get(settings.loss)
    with refused_by(written(settings.loss, settings.options)):
        head, loss = method.build(data.num_classes, settings.seed, **settings.options)
    if settings.reserve:
        head = _reserving(head, settings)
    # Once more: heads draw different amounts of random numbers.
    keras.utils.set_random_seed(settings.seed)
    inputs = keras.Input(data.image_shape, name="images")
    if backbone is None:
        settings.check_frozen()
        about = (settings.seed, settings.pretrained, settings.stem)
        backbone = models.backbone(settings.backbone, data.image_shape, *about)
    backbone.trainable = not settings.freeze
    mean, std = data.mean, data.std
    if settings.pretrained and len(mean) == 3:
        # The backbones take what is standardised so, and their weights' own pixels
        # follow from it.
        mean, std = IMAGENET
    normalise = keras.layers.Rescaling(
        scale=[1 / (255 * s) for s in std],
        offset=[-m / s for m, s in zip(mean, std, strict=True)],
        name="normalise",
    )
    body = keras.Model(inputs, backbone(normalise(inputs)))
    neck = None if settings.neck == "none" else settings.neck
    model = Classifier.from_backbone(
        body, head, settings.dim or None, name=settings.loss, neck=neck
    )
    updates = method.updates_per_batch
    steps = settings.epochs * updates * len(data.train)
    model.compile(
        _optimizer(settings, steps, updates),
        loss=loss,
        metrics=["accuracy"],
        jit_compile=jit_compile(),
    )
    return model


@contextlib.contextmanager
def policy_put_back() -> Iterator[None]:
    """Put back afterwards the precision of Keras, which `build` sets."""
    policy = keras.config.dtype_policy()
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)


@contextlib.contextmanager
def refused_by(loss: str) -> Iterator[None]:
    """Raise InputError where layers or losses refuse values of a method's options."""
    try:
        yield
    except InputError:
        raise
    except (TypeError, ValueError) as error:
        raise InputError(f"loss '{loss}': {error}") from error


def _reserving(head: keras.layers.Layer, settings: Settings) -> Head:
    if not (isinstance(head, Head) and head.fixed):
        raise InputError(
            "--reserve is for losses on fixed centroids (pod, nac, cosine, etf, "
            f"pedcc-loss, ...), not for {settings.loss}."
        )
    return type(head).from_config(head.get_config() | {"reserved": settings.reserve})


def learning_rate(settings: Resolved, steps: int) -> Any:
    """The settings' learning rate over a run of that many steps."""
    schedules = keras.optimizers.schedules
    if settings.schedule == "cosine":
        warmup = round(settings.warmup * steps)
        if not warmup:
            return schedules.CosineDecay(settings.lr, steps)
        return schedules.CosineDecay(
            0.0, steps - warmup, warmup_target=settings.lr, warmup_steps=warmup
        )
    if steps_down := milestones(settings.schedule):
        # Keras keeps the old rate in the step of the boundary.
        boundaries = [round(share * steps) - 1 for share, _ in steps_down]
        values = [settings.lr] + [settings.lr * factor for _, factor in steps_down]
        return schedules.PiecewiseConstantDecay(boundaries, values)
    return settings.lr


def _optimizer(settings: Resolved, steps: int, updates: int) -> Any:
    rate = learning_rate(settings, steps)
    if settings.optimizer == "adamw":
        return keras.optimizers.AdamW(rate, weight_decay=settings.l2)
    return L2SGD(
        rate,
        momentum=0.9,
        nesterov=settings.nesterov,
        l2=settings.l2,
        alternating=updates,
    )


def jit_compile() -> bool | str:
    """The argument of `compile`; on a CPU XLA halves the speed of convolutions."""
    if keras.backend.backend() != "tensorflow":
        return "auto"
    import tensorflow as tf

    return "auto" if tf.config.list_physical_devices("GPU") else False
