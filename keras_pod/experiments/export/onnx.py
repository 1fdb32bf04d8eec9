"""ONNX, for onnxruntime and others."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from keras_pod.experiments.export.served import Served

NAME = "model.onnx"
# Keras's converter for each backend, and what the result is run with.
CONVERTERS = {"tensorflow": "tf2onnx", "jax": "jax2onnx", "torch": "onnxscript"}
PACKAGES = {name: ("onnx", "onnxruntime", own) for name, own in CONVERTERS.items()}


def write(served: Served, path: Path) -> None:
    """Write the file: input `images`, the outputs of `Served` by their names.

    Its metadata hold the class names, the loss and the kind of the score as JSON.
    """
    import onnx

    served.export_as("onnx", path)
    model = onnx.load(path)
    # Converters for JAX and torch lose the names of the outputs.
    for output, name in zip(model.graph.output, served.names, strict=True):
        if output.name != name:
            renamed = onnx.helper.make_node("Identity", [output.name], [name])
            model.graph.node.append(renamed)
            output.name = name
    about = {
        "class_names": served.class_names,
        "score": served.run.score_name,
        "loss": served.run.settings["loss"],
    }
    properties = {name: json.dumps(value) for name, value in about.items()}
    onnx.helper.set_model_props(model, properties)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def load(path: Path) -> Callable[[np.ndarray], dict[str, np.ndarray]]:
    """The file's function from images to named outputs, on a CPU."""
    import onnxruntime

    session = onnxruntime.InferenceSession(
        os.fspath(path), providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]

    def run(images: np.ndarray) -> dict[str, np.ndarray]:
        found = session.run(names, {"images": images.astype("float32")})
        return dict(zip(names, found, strict=True))

    return run
