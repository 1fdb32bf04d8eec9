"""The models whose training steps are measured, each as a call that does one step."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_pod import layers, losses, methods, models
from keras_pod.classifier import Classifier
from keras_pod.experiments.run.build import jit_compile
from keras_pod.optimizers import L2SGD


def resnet_step(method: str, network: str) -> Callable[[], Any]:
    """A step of a network with a method's head: B = 128, 32 x 32, k = 100, n = 512."""
    keras.utils.set_random_seed(0)
    head, loss = methods.get(method).build(100, 0)
    body = models.backbone(network, (32, 32, 3), 0)
    model = Classifier.from_backbone(body, head, 512)
    model.compile(L2SGD(0.01), loss, metrics=["accuracy"], jit_compile=jit_compile())
    rng = np.random.default_rng(0)
    x = rng.normal(size=(128, 32, 32, 3)).astype("float32")
    y = rng.integers(100, size=128)
    # Its numbers are Python floats: the step is done when it returns.
    return lambda: model.train_on_batch(x, y)


def nac_step(classes: int, metric: str) -> Callable[[], Any]:
    """A step of NaC alone on a dense layer, B = 256, n = 512.

    Args:
        classes: k.
        metric: "none", or the name of one.
    """
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((classes, 512), dtype="float32")
    inputs = keras.Input((512,))
    features = keras.layers.Dense(512)(inputs)
    head = layers.PEDCC(classes, centroids=rows)
    model = Classifier(inputs, {"logits": head(features), "features": features})
    model.compile(
        keras.optimizers.SGD(0.1),
        losses.NaCLoss(),
        metrics=None if metric == "none" else [metric],
        jit_compile=jit_compile(),
    )
    x = rng.standard_normal((256, 512), dtype="float32")
    y = rng.integers(classes, size=256)
    return lambda: model.train_on_batch(x, y)
