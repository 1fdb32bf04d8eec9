"""TensorFlow's SavedModel, with named signatures; loaded by TensorFlow alone."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_pod.data.image_files import in_graph
from keras_pod.experiments.export.served import Served

NAME = "saved_model"
PACKAGES = {"tensorflow": (), "jax": ()}

Outputs = dict[str, tf.Tensor]


def takes_files(served: Served) -> bool:
    """Whether the model can take image files, which have 1 or 3 channels."""
    return served.image_shape[2] in (1, 3)


def write(served: Served, path: Path) -> None:
    """Write the folder.

    Signatures: `serving_default` from `images`, float32 pixels of 0..255, to all
    outputs and `class_name`; `serving_bytes` from `image_bytes`, a batch of PNG or JPEG
    files, to the same; `image_size` from these to the `height` and `width` that they
    claim, without decoding them (zeros if they are of another format). The loaded
    object has `class_names`, and `serve`, which takes float32 or uint8 pixels.
    """
    module = tf.Module()
    compute, module.weights = _compute(served)
    module.class_names = tf.Variable(served.class_names, trainable=False)
    names = tf.constant(served.class_names)

    def serve(images: tf.Tensor) -> Outputs:
        out = compute(tf.cast(images, tf.float32))
        return out | {"class_name": tf.gather(names, out["class"])}

    module.serve = tf.function(serve, autograph=False)
    pixels, small = (
        tf.TensorSpec((None, *served.image_shape), dtype, name="images")
        for dtype in (tf.float32, tf.uint8)
    )
    module.serve.get_concrete_function(small)
    signatures = {"serving_default": module.serve.get_concrete_function(pixels)}
    if takes_files(served):
        signatures |= _of_files(served, serve)
    tf.saved_model.save(module, os.fspath(path), signatures)


def _of_files(
    served: Served, serve: Callable[[tf.Tensor], Outputs]
) -> dict[str, Callable]:
    """The signatures that take the bytes of image files."""
    files = tf.TensorSpec([None], tf.string, name="image_bytes")
    pixels = tf.TensorSpec(served.image_shape, tf.uint8)

    def each(function: Callable, files: tf.Tensor, found: tf.TensorSpec) -> tf.Tensor:
        # Image code is for CPUs, and so the same pixels come out everywhere.
        with tf.device("CPU:0"):
            return tf.map_fn(function, files, fn_output_signature=found)

    def read(one: tf.Tensor) -> tf.Tensor:
        short_side = served.run.data.get("test_short_side")
        return in_graph.read(one, served.image_shape, short_side)

    @tf.function(input_signature=[files], autograph=False)
    def serving_bytes(image_bytes: tf.Tensor) -> Outputs:
        return serve(each(read, image_bytes, pixels))

    @tf.function(input_signature=[files], autograph=False)
    def image_size(image_bytes: tf.Tensor) -> Outputs:
        two = tf.TensorSpec([2], tf.int64)
        sizes = each(in_graph.claimed_size, image_bytes, two)
        return {"height": sizes[:, 0], "width": sizes[:, 1]}

    return {"serving_bytes": serving_bytes, "image_size": image_size}


def _compute(served: Served) -> tuple[Callable[[tf.Tensor], Outputs], list]:
    """The model as a function for TensorFlow, with the variables it reads."""
    if keras.backend.backend() == "tensorflow":
        return served, [v.value for v in served.variables]
    # Keras's ExportArchive would write every variable anew in each call.
    from jax.experimental import jax2tf

    weights = [tf.Variable(v.numpy(), trainable=False) for v in served.variables]

    def stateless(values: list, images: Any) -> dict[str, Any]:
        state = list(zip(served.variables, values, strict=True))
        with keras.StatelessScope(state_mapping=state):
            return served(images)

    shape = ", ".join(map(str, served.image_shape))
    converted = jax2tf.convert(
        stateless,
        polymorphic_shapes=[None, f"(batch, {shape})"],
        with_gradient=False,
        native_serialization_platforms=("cpu", "cuda"),
    )
    return lambda images: converted(weights, images), weights


def load(
    path: Path, name: str = "serving_default"
) -> Callable[[Any], dict[str, np.ndarray]]:
    """The function of a signature to named outputs, as a server calls it."""
    # Kept by the function: a signature does not keep its model alive.
    loaded = tf.saved_model.load(os.fspath(path))
    [(argument, spec)] = loaded.signatures[name].structured_input_signature[1].items()

    def run(inputs: Any) -> dict[str, np.ndarray]:
        out = loaded.signatures[name](**{argument: tf.constant(inputs, spec.dtype)})
        return {output: value.numpy() for output, value in out.items()}

    return run
