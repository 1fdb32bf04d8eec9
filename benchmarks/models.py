"""The models whose training steps are measured, each as a call that does one step."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from benchmarks import gradients
from keras_pod import callbacks, layers, losses, methods, models
from keras_pod.classifier import Classifier
from keras_pod.optimizers import L2SGD

# Method and neck of heads that are no method's recipe.
VARIANTS: dict[str, tuple[str, str | None]] = {
    "softmax with neck": ("softmax", "batch_norm"),
    "pod alone": ("pod", None),
}


def resnet_step(
    method: str,
    network: str,
    batch: int = 128,
    classes: int = 100,
    precision: str = "float32",
) -> Callable[[], Any]:
    """A step of a network with a method's neck and head: 32 x 32 images, n = 512.

    Args:
        method: a name in `keras_pod.methods`, or "softmax with neck", or "pod alone",
            which has none.
        network: a backbone.
        batch: B.
        classes: k.
        precision: a dtype policy of Keras.
    """
    model = _resnet(method, network, classes, precision)
    x, y = _images(batch, classes)
    x, y = keras.ops.convert_to_tensor(x), keras.ops.convert_to_tensor(y)
    # Its numbers are Python floats: the step is done when it returns.
    return lambda: model.train_on_batch(x, y)


def resnet_fit(
    method: str, network: str, batch: int, classes: int, precision: str, count: int
) -> Callable[[], Any]:
    """An epoch of `fit` on so many images, with what the method needs besides."""
    model = _resnet(method, network, classes, precision)
    x, y = _images(count, classes)
    needed = [callbacks.NormAdaptiveDelta()] if method == "pod" else []
    return lambda: model.fit(x, y, batch, verbose=0, callbacks=needed)


def _resnet(method: str, network: str, classes: int, precision: str) -> Classifier:
    keras.utils.set_random_seed(0)
    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        if method in VARIANTS:
            name, neck = VARIANTS[method]
        else:
            name, neck = method, methods.get(method).neck
        head, loss = methods.get(name).build(classes, 0)
        body = models.backbone(network, (32, 32, 3), 0)
        model = Classifier.from_backbone(body, head, 512, neck=neck)
    finally:
        keras.config.set_dtype_policy(usual)
    model.compile(L2SGD(0.01), loss, metrics=["accuracy"], jit_compile=_jit_compile())
    return model


def _images(count: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((count, 32, 32, 3), dtype="float32")
    return x, rng.integers(classes, size=count)


def dense_step(
    method: str, classes: int, metric: str | None = None
) -> Callable[[], Any]:
    """A step of a method on one dense layer, B = 256, n = 512.

    Args:
        method: "nac", or a name in `keras_pod.methods`.
        classes: k.
        metric: the name of one, which needs all scores.
    """
    rng = np.random.default_rng(0)
    if method == "nac":
        # Any unit vectors will do, and need no search.
        rows = rng.standard_normal((classes, 512), dtype="float32")
        head, loss = layers.PEDCC(classes, centroids=rows), losses.NaCLoss()
    else:
        head, loss = methods.get(method).build(classes, 0)
    inputs = keras.Input((512,))
    features = keras.layers.Dense(512)(inputs)
    model = Classifier(inputs, {"logits": head(features), "features": features})
    model.compile(
        keras.optimizers.SGD(0.1),
        loss,
        metrics=[metric] if metric else None,
        jit_compile=_jit_compile(),
    )
    x = rng.standard_normal((256, 512), dtype="float32")
    y = rng.integers(classes, size=256)
    return lambda: model.train_on_batch(x, y)


def _jit_compile() -> bool | str:
    """The argument of `compile`: as Keras chooses, unless `without_xla` was called."""
    graph = keras.backend.backend() == "tensorflow" and not gradients.uses_xla()
    return False if graph else "auto"
